/** The date of an instant on the calendar of a zone, `2026-11-23`. */
export function localDateOf(atMs: number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(atMs);
}
