import type { Rule, RuleDay } from './rule.ts';

/** A date of the Gregorian calendar; `day` is its number counted from 1970-01-01, `weekday` 0 is Monday. */
export interface CalendarDate {
  day: number;
  year: number;
  month: number;
  dayOfMonth: number;
  weekday: number;
}

const DAY_MS = 86_400_000;

export function dayNumber(year: number, month: number, dayOfMonth: number): number {
  return Math.floor(Date.UTC(year, month - 1, dayOfMonth) / DAY_MS);
}

export function weekdayOf(day: number): number {
  // 1970-01-01 was a Thursday.
  return (((day + 3) % 7) + 7) % 7;
}

export function dateOf(day: number): CalendarDate {
  const date = new Date(day * DAY_MS);
  return { day, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, dayOfMonth: date.getUTCDate(), weekday: weekdayOf(day) };
}

/** Whether a day is one of the rule's: every BYxxx part about days, each a filter (table of §3.3.10). */
export type DayFilter = (date: CalendarDate) => boolean;

/**
 * The filter of a rule's days. What the rule leaves open comes from the start (§3.3.10: "derived from DTSTART"): a yearly
 * rule keeps its date, a monthly its day of the month, a weekly its weekday.
 */
export function dayFilterOf(rule: Rule, start: CalendarDate): DayFilter {
  const { frequency, weekNumbers, yearDays, weekStart } = rule;
  const open = !weekNumbers && !yearDays && !rule.monthDays && !rule.days;
  const yearly = frequency === 'YEARLY';
  const months = rule.months ?? (yearly && open ? [start.month] : undefined);
  const monthDays = rule.monthDays ?? (open && (yearly || frequency === 'MONTHLY') ? [start.dayOfMonth] : undefined);
  const weekdayOnly = (open && frequency === 'WEEKLY') || (weekNumbers && !yearDays && !rule.monthDays);
  const days = rule.days ?? (weekdayOnly ? [{ weekday: start.weekday, ordinal: 0 }] : undefined);
  const withinMonth = frequency === 'MONTHLY' || months !== undefined;
  return (date) =>
    (months?.includes(date.month) ?? true) &&
    (!monthDays || isOneOf(monthDays, date.dayOfMonth, daysInMonth(date))) &&
    (!yearDays || isOneOf(yearDays, date.day - dayNumber(date.year, 1, 1) + 1, daysInYear(date.year))) &&
    (!weekNumbers || isInWeeks(weekNumbers, date, weekStart)) &&
    (days?.some((day) => isOnDay(day, date, withinMonth)) ?? true);
}

/** Counted from 1, or from −1 backwards. */
function isOneOf(list: readonly number[], position: number, total: number): boolean {
  return list.includes(position) || list.includes(position - total - 1);
}

function daysInMonth(date: CalendarDate): number {
  return new Date(Date.UTC(date.year, date.month, 0)).getUTCDate();
}

function daysInYear(year: number): number {
  return dayNumber(year + 1, 1, 1) - dayNumber(year, 1, 1);
}

/** The n-th such weekday of its month, or of its year. */
function isOnDay(wanted: RuleDay, date: CalendarDate, withinMonth: boolean): boolean {
  if (wanted.weekday !== date.weekday) return false;
  if (wanted.ordinal === 0) return true;
  const position = withinMonth ? date.dayOfMonth : date.day - dayNumber(date.year, 1, 1) + 1;
  const total = withinMonth ? daysInMonth(date) : daysInYear(date.year);
  return wanted.ordinal > 0 ? Math.ceil(position / 7) === wanted.ordinal : -Math.ceil((total - position + 1) / 7) === wanted.ordinal;
}

/** Week 1 is the first with at least four days in the year; days around New Year may be of a week of the other year. */
function isInWeeks(weeks: readonly number[], date: CalendarDate, weekStart: number): boolean {
  // The fourth day of a week lies in the year that the week belongs to.
  const fourth = date.day - ((date.weekday - weekStart + 7) % 7) + 3;
  const { year } = dateOf(fourth);
  const week = Math.floor((fourth - dayNumber(year, 1, 1)) / 7) + 1;
  const lastFourth = dayNumber(year, 12, 31) - ((weekdayOf(dayNumber(year, 12, 31)) - weekStart - 3 + 14) % 7);
  return isOneOf(weeks, week, Math.floor((lastFourth - dayNumber(year, 1, 1)) / 7) + 1);
}
