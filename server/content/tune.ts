import { waveHeader } from './sound/wave.ts';

/** A struck note: its pitch, when it is struck, and how loud. */
interface Strike {
  hz: number;
  atMs: number;
  level: number;
}

const SAMPLE_RATE = 48_000;

/** The five notes of the scale that village songs of the north are sung in (Bắc: C D F G A), from C5. */
const NOTE = { c: 523.25, d: 587.33, f: 698.46, g: 783.99, a: 880, c2: 1046.5 } as const;

/** Partials of a small bronze bell: times the pitch, share of the loudness, and how fast it dies, per second. */
const PARTIALS = [
  { times: 0.5, share: 0.35, decay: 1.1 },
  { times: 1, share: 1, decay: 1.6 },
  { times: 2, share: 0.5, decay: 2.4 },
  { times: 2.4, share: 0.22, decay: 3.2 },
  { times: 3, share: 0.16, decay: 4 },
  { times: 4.2, share: 0.08, decay: 6 },
] as const;

/** Without it the strike is a click. */
const ATTACK_MS = 4;
/** The last of the ringing is faded out, not cut. */
const FADE_MS = 600;

function melody(notes: readonly (keyof typeof NOTE)[], stepMs: number): Strike[] {
  return notes.map((note, index) => ({ hz: NOTE[note], atMs: index * stepMs, level: 0.85 + 0.15 * ((index + 1) / notes.length) }));
}

/** The station's own tunes, made by calculation: nobody's music but the project's. */
export const TUNES = [
  { id: 'tune-opening', title: 'Nhạc hiệu', strikes: melody(['c', 'f', 'g', 'a', 'g', 'f', 'a', 'c2'], 450), lengthMs: 6_000 },
  { id: 'tune-closing', title: 'Nhạc kết', strikes: melody(['c2', 'a', 'g', 'f', 'd', 'f'], 500), lengthMs: 5_500 },
] as const satisfies readonly { id: string; title: string; strikes: readonly Strike[]; lengthMs: number }[];

/** The tune as a WAV file, always the same bytes. */
export function renderTune({ strikes, lengthMs }: { strikes: readonly Strike[]; lengthMs: number }): Buffer {
  const mix = new Float64Array((lengthMs / 1000) * SAMPLE_RATE);
  for (const strike of strikes) addStrike(mix, strike);
  const loudest = mix.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const fadeFrom = mix.length - (FADE_MS / 1000) * SAMPLE_RATE;
  const pcm = Buffer.alloc(mix.length * 2);
  for (const [index, sample] of mix.entries()) {
    const fade = index < fadeFrom ? 1 : (mix.length - index) / (mix.length - fadeFrom);
    pcm.writeInt16LE(Math.round((sample / loudest) * fade * 0.8 * 32_767), index * 2);
  }
  return Buffer.concat([waveHeader(SAMPLE_RATE, pcm.length), pcm]);
}

function addStrike(mix: Float64Array, { hz, atMs, level }: Strike): void {
  const start = Math.round((atMs / 1000) * SAMPLE_RATE);
  for (let index = start; index < mix.length; index++) {
    const seconds = (index - start) / SAMPLE_RATE;
    const attack = Math.min(1, (seconds * 1000) / ATTACK_MS);
    let sample = 0;
    for (const { times, share, decay } of PARTIALS)
      sample += share * Math.exp(-decay * seconds) * Math.sin(2 * Math.PI * hz * times * seconds);
    mix[index] = (mix[index] ?? 0) + level * attack * sample;
  }
}
