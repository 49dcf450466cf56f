/**
 * The waveform as that many bars of 0–1: of each bar the loudest of its steps. `peaks` are pairs of minimum and maximum;
 * the whole is raised so that the loudest bar is full (speech levelled to −16 LUFS would look like a thin line).
 */
export function barsOf(peaks: readonly number[], bars: number): number[] {
  const steps = Math.floor(peaks.length / 2);
  if (steps === 0 || bars <= 0) return [];
  const heights = Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * steps) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * steps) / bars));
    let height = 0;
    for (let step = from; step < to; step++) {
      height = Math.max(height, Math.abs(peaks[2 * step] ?? 0), Math.abs(peaks[2 * step + 1] ?? 0));
    }
    return height;
  });
  const loudest = Math.max(...heights);
  return loudest === 0 ? heights : heights.map((height) => height / loudest);
}
