import type { Rule } from './rule.ts';
import { type CalendarDate, type DayFilter, dateOf, dayFilterOf, dayNumber, weekdayOf } from './rule-days.ts';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

/** 2200-01-01: instants of the contract end there, and so does every search for an occurrence. */
export const LAST_DAY = dayNumber(2200, 1, 1);

/**
 * An expansion looks at no more days and times than this and then ends. Eight days of any rule take 1,400,000 at the
 * most; a rule that is never due (30 February) is given up after the 64,000 days to 2200.
 */
const WORK_MAX = 4_000_000;

interface Walk {
  rule: Rule;
  startMs: number;
  start: CalendarDate;
  isDay: DayFilter;
  work: number;
}

/**
 * Our own, because whoever may edit a schedule may write any rule, and this runs where a blocked event loop is silence:
 * the libraries at hand hold it for seconds on a hostile rule, or list a whole window before a limit is looked at.
 *
 * The local times of a rule (ms as if UTC), ascending, from its start on; those before `fromMs` are left out where they
 * need not be counted. Lazy: whoever has enough stops asking.
 */
export function* localTimes(rule: Rule, startMs: number, fromMs: number): Generator<number> {
  const start = dateOf(Math.floor(startMs / DAY_MS));
  const walk: Walk = { rule, startMs, start, isDay: dayFilterOf(rule, start), work: 0 };
  // COUNT is counted from the first occurrence; without it the walk may begin at the window.
  const skipToDay = rule.count === undefined ? Math.max(start.day, Math.floor(fromMs / DAY_MS)) : start.day;
  const times =
    rule.frequency === 'HOURLY' || rule.frequency === 'MINUTELY' || rule.frequency === 'SECONDLY'
      ? timesOfUnits(walk, skipToDay)
      : timesOfPeriods(walk, skipToDay);
  let counted = 0;
  for (const localMs of times) {
    if (localMs < startMs) continue;
    if (rule.until?.kind === 'local' && localMs > rule.until.localMs) return;
    if (localMs >= fromMs) yield localMs;
    counted++;
    if (counted === rule.count) return;
  }
}

/** Days, weeks, months and years: the rule's days of each, each at the rule's times of day. */
function* timesOfPeriods(walk: Walk, skipToDay: number): Generator<number> {
  const { rule } = walk;
  const seconds = secondsOfDay(rule, walk.startMs);
  const first = periodAt(walk, skipToDay) - 1;
  for (let number = Math.max(0, first - (first % rule.interval)); walk.work < WORK_MAX; number += rule.interval) {
    const [fromDay, toDay] = daysOfPeriod(walk, number);
    if (fromDay > LAST_DAY) return;
    const days: number[] = [];
    // BYSETPOS counts within the whole period; nothing else asks for days before the window.
    const wantedDay = rule.positions ? fromDay : Math.max(fromDay, skipToDay);
    for (let day = wantedDay; day < toDay; day++) if (walk.isDay(dateOf(day))) days.push(day);
    walk.work += toDay - fromDay;
    const total = days.length * seconds.length;
    for (const place of places(rule.positions, total)) {
      walk.work++;
      const day = days[Math.floor(place / seconds.length)];
      const second = seconds[place % seconds.length];
      if (day !== undefined && second !== undefined) yield day * DAY_MS + second * 1000;
    }
  }
}

/** Number of the period that holds a day, counted from the period of the start. */
function periodAt({ rule, start }: Walk, day: number): number {
  const date = dateOf(day);
  if (rule.frequency === 'YEARLY') return date.year - start.year;
  if (rule.frequency === 'MONTHLY') return (date.year - start.year) * 12 + date.month - start.month;
  if (rule.frequency === 'WEEKLY') return Math.floor((day - weekOf(rule, start.day)) / 7);
  return day - start.day;
}

function daysOfPeriod({ rule, start }: Walk, number: number): [number, number] {
  if (rule.frequency === 'YEARLY') return [dayNumber(start.year + number, 1, 1), dayNumber(start.year + number + 1, 1, 1)];
  if (rule.frequency === 'MONTHLY') {
    return [dayNumber(start.year, start.month + number, 1), dayNumber(start.year, start.month + number + 1, 1)];
  }
  const length = rule.frequency === 'WEEKLY' ? 7 : 1;
  const first = (rule.frequency === 'WEEKLY' ? weekOf(rule, start.day) : start.day) + number * length;
  return [first, first + length];
}

function weekOf(rule: Rule, day: number): number {
  return day - ((weekdayOf(day) - rule.weekStart + 7) % 7);
}

/** Hours, minutes and seconds: the units that are due on each of the rule's days, each with what it expands to. */
function* timesOfUnits(walk: Walk, skipToDay: number): Generator<number> {
  const { rule } = walk;
  const unit = rule.frequency === 'HOURLY' ? 3600 : rule.frequency === 'MINUTELY' ? 60 : 1;
  const firstUnit = Math.floor(walk.startMs / 1000 / unit);
  const within = secondsWithin(rule, unit, walk.startMs);
  for (let day = skipToDay; day <= LAST_DAY && walk.work < WORK_MAX; day++) {
    walk.work++;
    if (!walk.isDay(dateOf(day))) continue;
    const dayUnit = (day * DAY_SECONDS) / unit;
    const late = (((firstUnit - dayUnit) % rule.interval) + rule.interval) % rule.interval;
    for (let number = late; number < DAY_SECONDS / unit; number += rule.interval) {
      walk.work++;
      if (!isUnit(rule, number * unit)) continue;
      for (const place of places(rule.positions, within.length)) {
        walk.work++;
        const second = within[place];
        if (second !== undefined) yield day * DAY_MS + (number * unit + second) * 1000;
      }
    }
  }
}

/** Whether the hours, minutes and seconds of the rule, as far as they limit its unit, hold this second of the day. */
function isUnit(rule: Rule, second: number): boolean {
  const { hours, minutes, seconds, frequency } = rule;
  return (
    (hours?.includes(Math.floor(second / 3600)) ?? true) &&
    (frequency === 'HOURLY' || (minutes?.includes(Math.floor(second / 60) % 60) ?? true)) &&
    (frequency !== 'SECONDLY' || (seconds?.includes(second % 60) ?? true))
  );
}

/** What the parts below the unit expand to, as seconds from the unit's beginning. */
function secondsWithin(rule: Rule, unit: number, startMs: number): number[] {
  if (unit === 1) return [0];
  const start = Math.floor(startMs / 1000);
  const seconds = realSeconds(rule) ?? [start % 60];
  if (unit === 60) return seconds;
  const minutes = rule.minutes ?? [Math.floor(start / 60) % 60];
  return minutes.flatMap((minute) => seconds.map((second) => minute * 60 + second));
}

function secondsOfDay(rule: Rule, startMs: number): number[] {
  const hours = rule.hours ?? [Math.floor(startMs / 3_600_000) % 24];
  const within = secondsWithin(rule, 3600, startMs);
  return hours.flatMap((hour) => within.map((second) => hour * 3600 + second));
}

function realSeconds(rule: Rule): number[] | undefined {
  return rule.seconds?.filter((second) => second < 60);
}

/** Which of `total` candidates BYSETPOS takes, ascending; all without it. */
function* places(positions: readonly number[] | undefined, total: number): Generator<number> {
  if (!positions) {
    for (let place = 0; place < total; place++) yield place;
    return;
  }
  const taken = positions.map((position) => (position > 0 ? position - 1 : total + position));
  for (const place of [...new Set(taken)].sort((a, b) => a - b)) if (place >= 0 && place < total) yield place;
}
