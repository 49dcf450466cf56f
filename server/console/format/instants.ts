import { DEFAULT_TIME_ZONE } from '@tieng-lang/shared/contract/http/schedule';

/** Everything is shown in the commune's zone, whatever the zone of the browser. */
export const ZONE = DEFAULT_TIME_ZONE;

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

type Instant = string | number;
const msOf = (at: Instant): number => (typeof at === 'number' ? at : Date.parse(at));

/** The wall clock of the commune at an instant, as `2026-11-23T05:30:00`. */
export function localOf(at: Instant): string {
  const found = Object.fromEntries(parts.formatToParts(msOf(at)).map((part) => [part.type, part.value]));
  return `${found.year}-${found.month}-${found.day}T${found.hour}:${found.minute}:${found.second}`;
}

/** `2026-11-23` */
export const localDateOf = (at: Instant): string => localOf(at).slice(0, 10);
/** `05:30` */
export const timeOf = (at: Instant): string => localOf(at).slice(11, 16);
/** `05:30:07` */
export const timeWithSecondsOf = (at: Instant): string => localOf(at).slice(11, 19);

/** `2026-11-23` (or a longer local date and time) → `23/11/2026` */
export function showDate(localDate: string): string {
  return `${localDate.slice(8, 10)}/${localDate.slice(5, 7)}/${localDate.slice(0, 4)}`;
}
/** `23/11/2026` */
export const dateOf = (at: Instant): string => showDate(localOf(at));
/** `05:30 23/11/2026` */
export const dateTimeOf = (at: Instant): string => `${timeOf(at)} ${dateOf(at)}`;

/** The instant of a local date and time (`2026-11-23T05:30`) in the commune's zone, ms. */
export function instantOf(local: string): number {
  const asUtcMs = Date.parse(`${local.length === 10 ? `${local}T00:00` : local}Z`);
  // The zone's offset near that instant; twice, because the first guess may fall on the other side of a change.
  let atMs = asUtcMs;
  for (let turn = 0; turn < 2; turn++) atMs = asUtcMs - (Date.parse(`${localOf(atMs)}Z`) - Math.floor(atMs / 1000) * 1000);
  return atMs;
}

export function addDays(localDate: string, days: number): string {
  return new Date(Date.parse(`${localDate}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** 1 (Monday) … 7 (Sunday) */
export function weekdayOf(localDate: string): number {
  return new Date(`${localDate}T00:00:00Z`).getUTCDay() || 7;
}

/** The Monday of the week of a date. */
export const mondayOf = (localDate: string): string => addDays(localDate, 1 - weekdayOf(localDate));

const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type WeekdayName = (typeof NAMES)[number];
/** The key of a weekday's word, by its number. */
export const weekdayName = (weekday: number): WeekdayName => NAMES[weekday - 1] ?? 'mon';
/** The key of the weekday's word of a local date. */
export const weekdayNameOf = (localDate: string): WeekdayName => weekdayName(weekdayOf(localDate));
