import { CodedError } from '../errors.ts';

export const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

const WEEKDAYS: readonly string[] = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** A weekday, 0 (Monday) to 6, and which one of its month or year (negative: from the end; 0: each). */
export interface RuleDay {
  weekday: number;
  ordinal: number;
}

/** Where the rule ends: at an instant, or at a local date and time (ms as if it were UTC), that one included. */
export type RuleEnd = { kind: 'instant'; atMs: number } | { kind: 'local'; localMs: number };

/** A recurrence rule, RFC 5545 §3.3.10. A part that the rule does not have is undefined; lists are sorted, each value once. */
export interface Rule {
  frequency: Frequency;
  interval: number;
  count: number | undefined;
  until: RuleEnd | undefined;
  months: readonly number[] | undefined;
  weekNumbers: readonly number[] | undefined;
  yearDays: readonly number[] | undefined;
  monthDays: readonly number[] | undefined;
  days: readonly RuleDay[] | undefined;
  hours: readonly number[] | undefined;
  minutes: readonly number[] | undefined;
  seconds: readonly number[] | undefined;
  positions: readonly number[] | undefined;
  weekStart: number;
}

/** COUNT is counted from the first occurrence on, so it bounds the work: 100,000 is three sessions a day for 90 years. */
const COUNT_MAX = 100_000;

const PARTS: readonly string[] = [
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'BYMONTH',
  'BYWEEKNO',
  'BYYEARDAY',
  'BYMONTHDAY',
  'BYDAY',
  'BYHOUR',
  'BYMINUTE',
  'BYSECOND',
  'BYSETPOS',
  'WKST',
];

/** Says which part is wrong, in the rule's own words, so that it needs no translation. */
export function invalidRule(reason: string): CodedError {
  return new CodedError('invalid-rrule', { params: { reason }, faults: [{ path: 'rrule', message: reason }] });
}

/**
 * Reads a rule strictly: what RFC 5545 does not allow is refused and never guessed at, for a rule that is read otherwise
 * than it was meant plays at the wrong hour.
 * @throws CodedError `invalid-rrule`
 */
export function parseRule(text: string): Rule {
  const parts = split(text);
  const frequency = FREQUENCIES.find((known) => known === parts.get('FREQ'));
  if (!frequency) throw invalidRule(`FREQ=${parts.get('FREQ') ?? ''}`);
  const numbers = (name: string, minimum: number, maximum: number) => listOf(parts, name, minimum, maximum);
  const rule: Rule = {
    frequency,
    interval: numberOf(parts, 'INTERVAL', 1, 10_000) ?? 1,
    count: numberOf(parts, 'COUNT', 1, COUNT_MAX),
    until: untilOf(parts),
    months: numbers('BYMONTH', 1, 12),
    weekNumbers: numbers('BYWEEKNO', -53, 53),
    yearDays: numbers('BYYEARDAY', -366, 366),
    monthDays: numbers('BYMONTHDAY', -31, 31),
    days: daysOf(parts),
    hours: numbers('BYHOUR', 0, 23),
    minutes: numbers('BYMINUTE', 0, 59),
    // 60 is a leap second: allowed by the grammar, and no clock of ours has one.
    seconds: numbers('BYSECOND', 0, 60),
    positions: numbers('BYSETPOS', -366, 366),
    weekStart: weekStartOf(parts),
  };
  refuseCombinations(rule, parts);
  return rule;
}

function split(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  const body = text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .replace(/;$/, '');
  for (const part of body.split(';')) {
    const [name = '', value = '', ...rest] = part.split('=');
    if (!PARTS.includes(name) || value === '' || rest.length > 0 || parts.has(name)) throw invalidRule(part);
    parts.set(name, value);
  }
  return parts;
}

function integer(part: string, text: string, minimum: number, maximum: number): number {
  const value = /^[+-]?\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= minimum && value <= maximum) || (minimum < 0 && value === 0)) throw invalidRule(`${part} (${minimum}…${maximum})`);
  return value;
}

function numberOf(parts: Map<string, string>, name: string, minimum: number, maximum: number): number | undefined {
  const value = parts.get(name);
  return value === undefined ? undefined : integer(`${name}=${value}`, value, minimum, maximum);
}

function listOf(parts: Map<string, string>, name: string, minimum: number, maximum: number): number[] | undefined {
  const value = parts.get(name);
  if (value === undefined) return undefined;
  const list = value.split(',').map((text) => integer(`${name}=${value}`, text, minimum, maximum));
  return [...new Set(list)].sort((a, b) => a - b);
}

function daysOf(parts: Map<string, string>): RuleDay[] | undefined {
  const value = parts.get('BYDAY');
  return value?.split(',').map((text) => {
    const [, ordinal = '', weekday = ''] = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(text) ?? [];
    if (weekday === '') throw invalidRule(`BYDAY=${value}`);
    return {
      weekday: WEEKDAYS.indexOf(weekday),
      ordinal: ordinal === '' ? 0 : integer(`BYDAY=${value}`, ordinal, -53, 53),
    };
  });
}

function weekStartOf(parts: Map<string, string>): number {
  const value = parts.get('WKST') ?? 'MO';
  const weekday = WEEKDAYS.indexOf(value);
  if (weekday < 0) throw invalidRule(`WKST=${value}`);
  return weekday;
}

function untilOf(parts: Map<string, string>): RuleEnd | undefined {
  const value = parts.get('UNTIL');
  if (value === undefined) return undefined;
  const [, year, month, day, hour, minute, second, utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(value) ?? [];
  const date = `${year}-${month}-${day}`;
  const localMs = Date.parse(`${date}T${hour ?? '23'}:${minute ?? '59'}:${second ?? '59'}Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(date)) throw invalidRule(`UNTIL=${value}`);
  return utc ? { kind: 'instant', atMs: localMs } : { kind: 'local', localMs };
}

/** The combinations that §3.3.10 forbids ("MUST NOT"). */
function refuseCombinations(rule: Rule, parts: Map<string, string>): void {
  const { frequency } = rule;
  const refuse = (forbidden: boolean, ...names: string[]) => {
    if (forbidden) throw invalidRule(names.map((name) => `${name}=${parts.get(name)}`).join(';'));
  };
  refuse(rule.count !== undefined && rule.until !== undefined, 'COUNT', 'UNTIL');
  refuse(rule.weekNumbers !== undefined && frequency !== 'YEARLY', 'FREQ', 'BYWEEKNO');
  refuse(rule.yearDays !== undefined && ['DAILY', 'WEEKLY', 'MONTHLY'].includes(frequency), 'FREQ', 'BYYEARDAY');
  refuse(rule.monthDays !== undefined && frequency === 'WEEKLY', 'FREQ', 'BYMONTHDAY');
  const ordinals = rule.days?.some((day) => day.ordinal !== 0) ?? false;
  refuse(ordinals && frequency !== 'MONTHLY' && frequency !== 'YEARLY', 'FREQ', 'BYDAY');
  refuse(ordinals && rule.weekNumbers !== undefined, 'BYDAY', 'BYWEEKNO');
  const other = [...parts.keys()].some((name) => name.startsWith('BY') && name !== 'BYSETPOS');
  refuse(rule.positions !== undefined && !other, 'BYSETPOS');
}
