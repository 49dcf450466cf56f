import { CodedError } from '../errors.ts';
import { invalidRule, parseRule, type Rule } from './rule.ts';
import { localTimes } from './rule-times.ts';
import { type Zone, zoneOf } from './zone.ts';

/** When something repeats, as a person says it: local times of a zone. */
export interface Recurrence {
  /** The first local date and time, `2026-11-23T05:30`. */
  start: string;
  /** A name of the IANA database. */
  timeZone: string;
  /** RFC 5545 §3.3.10; without it, once. As there, the start is an occurrence only if the rule holds it. */
  rrule?: string | null | undefined;
  /** Local dates on which it is not due; COUNT counts them nevertheless, as it does EXDATE. */
  exceptDates?: readonly string[] | null | undefined;
  /** The last local date on which it may start. */
  validUntil?: string | null | undefined;
}

export interface Window {
  /** Inclusive, ms since 1970. */
  fromMs: number;
  /** Exclusive, ms since 1970. */
  untilMs: number;
  /** At most so many, the earliest. */
  limit: number;
}

/**
 * The most that a clock was ever put forward (Samoa in 2011 left out a day), and an hour to spare. Local times inside
 * such a gap come after the gap, mixed with those that follow it, so that far the search looks on before it is sure.
 */
const GAP_MAX_MS = 25 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The instants at which a recurrence is due within a window, strictly ascending. Pure: depends on nothing but its input
 * and the time zone database; `zone` spares reading that again for many recurrences of one zone. Local times that are skipped or occur twice are read as in RFC 5545 §3.3.5.
 * @throws CodedError `invalid-rrule`, `unknown-time-zone`, `invalid-input` (start, dates)
 */
export function expand(recurrence: Recurrence, { fromMs, untilMs, limit }: Window, zone = zoneOf(recurrence.timeZone)): number[] {
  const startMs = localMsOf(recurrence.start, 'start');
  const rule = recurrence.rrule ? parseRule(recurrence.rrule) : undefined;
  const isAllowed = dateFilter(recurrence);
  const fromLocalMs = fromMs + zone.offsetAt(fromMs) - GAP_MAX_MS;
  const found = new Set<number>();
  let enoughAtMs = Number.POSITIVE_INFINITY;
  for (const localMs of rule ? localTimes(rule, startMs, fromLocalMs) : [startMs]) {
    const atMs = zone.instantOf(localMs);
    if (atMs >= Math.min(enoughAtMs, untilMs + GAP_MAX_MS) || isLongOver(rule, atMs)) break;
    if (atMs < fromMs || atMs >= untilMs || isOver(rule, atMs) || !isAllowed(localMs)) continue;
    found.add(atMs);
    if (found.size >= limit && enoughAtMs === Number.POSITIVE_INFINITY) enoughAtMs = atMs + GAP_MAX_MS;
  }
  return [...found].sort((a, b) => a - b).slice(0, limit);
}

/**
 * Reads every part of a recurrence without expanding it.
 * @throws CodedError as `expand`
 */
export function checkRecurrence(recurrence: Recurrence): void {
  zoneOf(recurrence.timeZone);
  localMsOf(recurrence.start, 'start');
  dateFilter(recurrence);
  if (recurrence.rrule !== undefined && recurrence.rrule !== null && recurrence.rrule.trim() === '') throw invalidRule('FREQ=');
  if (recurrence.rrule) parseRule(recurrence.rrule);
}

/** The instant of a recurrence's start, ms. */
export function startInstant(recurrence: Pick<Recurrence, 'start' | 'timeZone'>, zone: Zone = zoneOf(recurrence.timeZone)): number {
  return zone.instantOf(localMsOf(recurrence.start, 'start'));
}

function isOver(rule: Rule | undefined, atMs: number): boolean {
  return rule?.until?.kind === 'instant' && atMs > rule.until.atMs;
}

function isLongOver(rule: Rule | undefined, atMs: number): boolean {
  return isOver(rule, atMs - GAP_MAX_MS);
}

function dateFilter({ exceptDates, validUntil }: Recurrence): (localMs: number) => boolean {
  const excepted = new Set((exceptDates ?? []).map((date, index) => dayOf(date, `exceptDates.${index}`)));
  const lastDay = validUntil ? dayOf(validUntil, 'validUntil') : Number.POSITIVE_INFINITY;
  return (localMs) => {
    const day = Math.floor(localMs / DAY_MS);
    return day <= lastDay && !excepted.has(day);
  };
}

function dayOf(date: string, path: string): number {
  return Math.floor(localMsOf(`${date}T00:00`, path) / DAY_MS);
}

/** A local date and time as milliseconds, as if it were UTC. */
export function localMsOf(local: string, path: string): number {
  const localMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(local) ? Date.parse(`${local}Z`) : Number.NaN;
  // Date.parse takes 30 February for 2 March.
  if (!Number.isNaN(localMs) && new Date(localMs).toISOString().startsWith(local.slice(0, 10))) return localMs;
  throw new CodedError('invalid-input', { faults: [{ path, message: `${local}: not a date of the calendar` }] });
}
