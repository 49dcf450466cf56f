import { addDays, weekdayOf } from '../format/instants.ts';

/** How often, as a person says it; the wire carries RFC 5545 (§3.3.10). */
export type Repeat =
  | { kind: 'once' }
  | { kind: 'daily' }
  | { kind: 'working' }
  | { kind: 'mondayToSaturday' }
  | { kind: 'weekly'; days: number[]; everyWeeks: number };

const NAMES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const WORKING = [1, 2, 3, 4, 5];
const MONDAY_TO_SATURDAY = [1, 2, 3, 4, 5, 6];

/** The weekdays (1 Monday … 7 Sunday) of a repeat; undefined: any day. */
export function daysOf(repeat: Repeat): number[] | undefined {
  if (repeat.kind === 'working') return WORKING;
  if (repeat.kind === 'mondayToSaturday') return MONDAY_TO_SATURDAY;
  if (repeat.kind === 'weekly') return repeat.days.toSorted((a, b) => a - b);
  return undefined;
}

/** The rule of a repeat; undefined for once (and for a week without days, which is not complete). */
export function ruleOf(repeat: Repeat): string | undefined {
  if (repeat.kind === 'daily') return 'FREQ=DAILY';
  const days = daysOf(repeat);
  if (!days || days.length === 0) return undefined;
  const interval = repeat.kind === 'weekly' && repeat.everyWeeks > 1 ? `;INTERVAL=${repeat.everyWeeks};WKST=MO` : '';
  return `FREQ=WEEKLY${interval};BYDAY=${days.map((day) => NAMES[day - 1]).join(',')}`;
}

/**
 * The first date from `date` on that the repeat takes: a start on another day would be an occurrence of its own or
 * none, depending on who reads the rule (RFC 5545 §3.8.5.3 leaves it undefined).
 */
export function firstDate(date: string, repeat: Repeat): string {
  const days = daysOf(repeat);
  if (!days || days.length === 0) return date;
  for (let ahead = 0; ahead < 7; ahead++) {
    const candidate = addDays(date, ahead);
    if (days.includes(weekdayOf(candidate))) return candidate;
  }
  return date;
}

/** What a rule says, where it is one that people make here; undefined for any other, which is then shown as it is. */
export function repeatOf(rrule: string | null): Repeat | undefined {
  if (rrule === null) return { kind: 'once' };
  const parts = new Map(
    rrule
      .replace(/^RRULE:/i, '')
      .split(';')
      .map((part): [string, string] => {
        const [name = '', value = ''] = part.split('=');
        return [name.toUpperCase(), value.toUpperCase()];
      }),
  );
  const known = ['FREQ', 'BYDAY', 'INTERVAL', 'WKST'];
  if ([...parts.keys()].some((name) => !known.includes(name))) return undefined;
  const everyWeeks = Number(parts.get('INTERVAL') ?? '1');
  if (parts.get('FREQ') === 'DAILY' && everyWeeks === 1 && !parts.has('BYDAY')) return { kind: 'daily' };
  if (parts.get('FREQ') !== 'WEEKLY' || !parts.has('BYDAY')) return undefined;
  const days = (parts.get('BYDAY') ?? '').split(',').map((name) => (NAMES as readonly string[]).indexOf(name) + 1);
  if (days.includes(0) || !Number.isInteger(everyWeeks) || everyWeeks < 1) return undefined;
  const same = (wanted: number[]) => everyWeeks === 1 && wanted.length === days.length && wanted.every((day) => days.includes(day));
  if (same(WORKING)) return { kind: 'working' };
  if (same(MONDAY_TO_SATURDAY)) return { kind: 'mondayToSaturday' };
  return { kind: 'weekly', days: days.toSorted((a, b) => a - b), everyWeeks };
}
