import { CodedError } from '../errors.ts';

/** A time zone of the IANA database. Local times are milliseconds as if the local date and time were UTC. */
export interface Zone {
  /** Local time minus UTC at an instant, ms. */
  offsetAt(instantMs: number): number;
  localOf(instantMs: number): number;
  /**
   * The instant of a local time (RFC 5545 §3.3.5): one that occurs twice is the first of the two; one that is skipped is
   * read with the offset before the gap, so that it comes as much later as the clock was put forward.
   */
  instantOf(localMs: number): number;
}

const DAY_MS = 86_400_000;

/** Formatting is the slow part, so the offsets at so many midnights are kept: eleven years of them. */
const KNOWN_MAX = 4096;

/** @throws CodedError `unknown-time-zone` */
export function zoneOf(name: string): Zone {
  const format = formatOf(name);
  const known = new Map<number, number>();
  const offsetAtMidnight = (day: number): number => {
    const offset = known.get(day) ?? readOffset(day * DAY_MS);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(day, offset);
    return offset;
  };
  const offsetAt = (instantMs: number): number => {
    const day = Math.floor(instantMs / DAY_MS);
    const before = offsetAtMidnight(day);
    // No zone moves its clock twice within two days, so a day that ends as it began had no step.
    return before === offsetAtMidnight(day + 1) ? before : readOffset(Math.floor(instantMs / 1000) * 1000);
  };
  const readOffset = (wholeMs: number): number => {
    const field = new Map<string, number>();
    for (const part of format.formatToParts(wholeMs)) field.set(part.type, Number(part.value));
    const of = (type: string): number => field.get(type) ?? Number.NaN;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - wholeMs;
  };
  return {
    offsetAt,
    localOf: (instantMs) => instantMs + offsetAt(instantMs),
    instantOf(localMs) {
      // The offsets on both sides of any step near by.
      const before = offsetAt(localMs - DAY_MS);
      const after = offsetAt(localMs + DAY_MS);
      if (before === after) return localMs - before;
      const first = localMs - Math.max(before, after);
      const second = localMs - Math.min(before, after);
      if (offsetAt(first) === localMs - first) return first;
      if (offsetAt(second) === localMs - second) return second;
      return localMs - before;
    },
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  const unknown = (cause?: unknown) =>
    new CodedError('unknown-time-zone', { params: { zone: name }, faults: [{ path: 'timeZone', message: name }], cause });
  // An offset ("+07:00") is no zone: it does not know when its clocks are put forward.
  if (!/^[A-Za-z]/.test(name)) throw unknown();
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw unknown(cause);
  }
}
