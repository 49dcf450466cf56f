/** The value below which a share (0–1) of the values lies, by nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** One line of a report: median, 99th percentile and the largest, with a unit. */
export function summary(values: readonly number[], unit: string, digits = 3): string {
  const at = (share: number) => quantile(values, share).toFixed(digits);
  return `median ${at(0.5)} ${unit}, p99 ${at(0.99)} ${unit}, max ${at(1)} ${unit} (n = ${values.length})`;
}
