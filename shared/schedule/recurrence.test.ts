import { Temporal } from '@js-temporal/polyfill';
import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { describe, expect, test } from 'vitest';
import { CodedError } from '../errors.ts';
import { checkRecurrence, expand, type Recurrence } from './recurrence.ts';
import { VECTORS } from './recurrence.vectors.ts';
import { zoneOf } from './zone.ts';

const ALWAYS = { fromMs: 0, untilMs: 7_258_118_400_000, limit: 1000 };
const HANOI = 'Asia/Ho_Chi_Minh';
const ZONES = [
  HANOI,
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/St_Johns',
  'Africa/Casablanca',
];

const instant = (text: string): number => Date.parse(text);
/** The local date and time of an instant, by another implementation than ours. */
const localText = (atMs: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).toPlainDateTime().toString({ smallestUnit: 'minute' });
const daily = (more: Partial<Recurrence>): Recurrence => ({ start: '2026-11-23T05:30', timeZone: HANOI, rrule: 'FREQ=DAILY', ...more });
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
  return 'accepted';
};

describe('a rule means the times that RFC 5545 says', () => {
  test.each(VECTORS)('$name', ({ start, timeZone, rrule, first, whole }) => {
    const found = expand({ start, timeZone, rrule }, { ...ALWAYS, limit: whole ? 1000 : first.length });
    expect(found.map((atMs) => localText(atMs, timeZone))).toEqual(first);
  });

  test('the two ways to say "every 20 minutes" give the same times for a year', () => {
    const window = { ...ALWAYS, untilMs: instant('1998-09-02T00:00Z'), limit: 100_000 };
    const base = { start: '1997-09-02T09:00', timeZone: 'America/New_York' };
    const byDays = expand({ ...base, rrule: 'FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40' }, window);
    expect(byDays.length).toBe(365 * 24);
    expect(expand({ ...base, rrule: 'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16' }, window)).toEqual(byDays);
  });

  test('the zone of the machine that computes it does not matter', () => {
    const { env } = (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process;
    const machineZone = env.TZ;
    const morning = daily({ rrule: 'FREQ=WEEKLY;BYDAY=MO,SU' });
    const here = expand(morning, { ...ALWAYS, limit: 50 });
    try {
      env.TZ = 'Pacific/Apia';
      expect(new Date(0).getHours()).not.toBe(0);
      expect(expand(morning, { ...ALWAYS, limit: 50 })).toEqual(here);
    } finally {
      env.TZ = machineZone ?? 'UTC';
    }
  });

  test('without a rule it is due once', () => {
    expect(expand({ start: '2026-11-23T05:30', timeZone: HANOI }, ALWAYS)).toEqual([instant('2026-11-22T22:30Z')]);
  });
});

describe('where the clocks are changed', () => {
  const berlin = (start: string, rrule: string) =>
    expand({ start, timeZone: 'Europe/Berlin', rrule }, ALWAYS).map((atMs) => new Date(atMs).toISOString().slice(0, 16));

  test('a time that is skipped comes as much later (§3.3.5), and the days after it are not moved', () => {
    expect(berlin('2026-03-28T02:30', 'FREQ=DAILY;COUNT=3')).toEqual(['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30']);
  });

  test('a time that occurs twice sounds once, the first time', () => {
    expect(berlin('2026-10-24T02:30', 'FREQ=DAILY;COUNT=3')).toEqual(['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30']);
  });

  test('a skipped time that falls upon another sounds once', () => {
    expect(berlin('2026-03-29T01:30', 'FREQ=HOURLY;COUNT=4')).toEqual(['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30']);
  });

  test('local times become instants as another implementation reads them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: instant('1990-01-01T00:00Z') / 60_000, max: instant('2050-01-01T00:00Z') / 60_000 }),
        (name, minute) => {
          const local = Temporal.Instant.fromEpochMilliseconds(minute * 60_000)
            .toZonedDateTimeISO('UTC')
            .toPlainDateTime();
          expect(zoneOf(name).instantOf(minute * 60_000)).toBe(
            local.toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('exceptions and validity are local dates', () => {
  test('an excepted date is the date in the village, though UTC is still at the day before', () => {
    const found = expand(daily({ exceptDates: ['2026-11-24'] }), { ...ALWAYS, limit: 2 });
    expect(found.map((atMs) => localText(atMs, HANOI))).toEqual(['2026-11-23T05:30', '2026-11-25T05:30']);
  });

  test('the last valid date is included', () => {
    expect(expand(daily({ validUntil: '2026-11-25' }), ALWAYS)).toHaveLength(3);
  });

  test('an excepted date counts for COUNT: five mornings less one are four', () => {
    expect(expand(daily({ rrule: 'FREQ=DAILY;COUNT=5', exceptDates: ['2026-11-24'] }), ALWAYS)).toHaveLength(4);
  });
});

describe('what is no rule is refused, never guessed at', () => {
  const refused = [
    'FREQ=NEVER',
    'BYDAY=MO',
    'FREQ=DAILY;COUNT=0',
    'FREQ=DAILY;COUNT=-1',
    'FREQ=DAILY;COUNT=1e3',
    'FREQ=DAILY;COUNT=2.5',
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;BYHOUR=25',
    'FREQ=DAILY;BYMONTHDAY=0',
    'FREQ=DAILY;BYMONTHDAY=40',
    'FREQ=DAILY;BYDAY=XX',
    'FREQ=WEEKLY;BYDAY=1MO',
    'FREQ=DAILY;FOO=1',
    'FREQ=DAILY;FREQ=WEEKLY',
    'FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z',
    'FREQ=MONTHLY;BYWEEKNO=3',
    'FREQ=WEEKLY;BYMONTHDAY=3',
    'FREQ=DAILY;BYYEARDAY=3',
    'FREQ=DAILY;BYSETPOS=1',
    'FREQ=DAILY;UNTIL=20260230',
    'FREQ=DAILY;UNTIL=tomorrow',
    'FREQ=DAILY;COUNT=2\nEXDATE:20260106T053000Z',
    'RSCALE=CHINESE;FREQ=MONTHLY',
    'FREQ=DAILY;COUNT=100001',
    '30 5 * * 1-6',
  ];
  test.each(refused)('%s', (rrule) => {
    expect(codeOf(() => checkRecurrence(daily({ rrule })))).toBe('invalid-rrule');
  });

  test.each([
    [{ timeZone: 'Asia/Hanoi_' }, 'unknown-time-zone'],
    [{ timeZone: '+07:00' }, 'unknown-time-zone'],
    [{ timeZone: '' }, 'unknown-time-zone'],
    [{ start: '2026-02-30T05:30' }, 'invalid-input'],
    [{ exceptDates: ['2026-02-30'] }, 'invalid-input'],
    [{ validUntil: 'soon' }, 'invalid-input'],
    [{ rrule: ' ' }, 'invalid-rrule'],
    [{ rrule: 'RRULE:freq=daily;' }, 'accepted'],
  ])('%j: %s', (more, code) => {
    expect(codeOf(() => checkRecurrence(daily(more)))).toBe(code);
  });
});

const numbers = (min: number, max: number, maxLength = 3) =>
  fc.uniqueArray(
    fc.integer({ min, max }).filter((value) => value !== 0 || min === 0),
    { minLength: 1, maxLength },
  );
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
const days = fc.uniqueArray(fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'), { minLength: 1, maxLength: 4 });
const ordinalDays = fc.uniqueArray(fc.constantFrom('1MO', '-1FR', '2WE', '3SU', '-2TH'), { minLength: 1, maxLength: 3 });
type Parts = Record<string, string | number | undefined | readonly (string | number)[]>;
const ruleText = (parts: Parts): string =>
  Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(';');
const times = { BYHOUR: maybe(numbers(0, 23)), BYMINUTE: maybe(numbers(0, 59, 2)) };
// Left out is what the other implementation reads otherwise than the RFC: BYDAY beside BYYEARDAY, and ordinals beside
// BYMONTHDAY or beside plain days (each is a limit or a union by the table of §3.3.10; it drops one of the two).
const months = maybe(numbers(1, 12));
const rules = fc
  .oneof(
    fc.record<Parts>({ FREQ: fc.constant('YEARLY'), BYMONTH: months, BYMONTHDAY: maybe(numbers(-31, 31)), BYDAY: maybe(days), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('YEARLY'), BYMONTH: months, BYDAY: ordinalDays, ...times }),
    fc.record<Parts>({ FREQ: fc.constant('YEARLY'), BYYEARDAY: numbers(-366, 366), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('MONTHLY'), BYMONTH: months, BYMONTHDAY: maybe(numbers(-31, 31)), BYDAY: maybe(days), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('MONTHLY'), BYMONTH: months, BYDAY: ordinalDays, ...times }),
    fc.record<Parts>({ FREQ: fc.constant('MONTHLY'), BYDAY: days, BYSETPOS: numbers(-3, 3, 2), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('WEEKLY'), BYMONTH: months, BYDAY: maybe(days), WKST: fc.constantFrom('MO', 'SU'), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('DAILY'), BYMONTH: months, BYMONTHDAY: maybe(numbers(-31, 31)), BYDAY: maybe(days), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('HOURLY'), BYDAY: maybe(days), ...times }),
    fc.record<Parts>({ FREQ: fc.constant('MINUTELY'), BYDAY: maybe(days), ...times }),
  )
  .chain((parts) =>
    fc.record({ interval: fc.integer({ min: 1, max: 7 }), count: maybe(fc.integer({ min: 1, max: 50 })) }).map(({ interval, count }) => ({
      ...parts,
      INTERVAL: interval,
      COUNT: count,
    })),
  );
const starts = fc
  .integer({ min: instant('2010-01-01T00:00Z') / 60_000, max: instant('2035-01-01T00:00Z') / 60_000 })
  .map((minute) => new Date(minute * 60_000).toISOString().slice(0, 16));

describe('whatever the rule', () => {
  test('two implementations agree on its local times', () => {
    fc.assert(
      fc.property(rules, starts, (parts, start) => {
        const rrule = ruleText(parts);
        const fromMs = instant(`${start}Z`);
        const untilMs = fromMs + 400 * 86_400_000;
        const other = new RRuleTemporal({
          rruleString: rrule,
          dtstart: Temporal.PlainDateTime.from(start).toZonedDateTime('UTC'),
          maxIterations: 1_000_000,
        }).between(new Date(fromMs), new Date(untilMs - 1), true);
        const found = expand({ start, timeZone: 'UTC', rrule }, { fromMs, untilMs, limit: 1_000_000 });
        expect(found, rrule).toEqual(other.map((at) => at.epochMilliseconds));
      }),
      { seed: 5545, numRuns: 200 },
    );
  });

  test('its instants strictly increase, lie in the window and keep COUNT, in every zone', () => {
    fc.assert(
      fc.property(rules, starts, fc.constantFrom(...ZONES), (parts, start, timeZone) => {
        const found = expand({ start, timeZone, rrule: ruleText(parts) }, { ...ALWAYS, limit: 200 });
        for (const [index, atMs] of found.entries())
          if (index > 0) expect(atMs).toBeGreaterThan(found[index - 1] ?? Number.POSITIVE_INFINITY);
        expect(found.length).toBeLessThanOrEqual(Number(parts.COUNT ?? 200));
        expect(found[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(zoneOf(timeZone).instantOf(instant(`${start}Z`)));
      }),
      { numRuns: 200 },
    );
  });

  test('a window shows exactly what the whole series has there', () => {
    fc.assert(
      fc.property(
        rules,
        starts,
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 20 }),
        (parts, start, timeZone, skip, length) => {
          const recurrence = { start, timeZone, rrule: ruleText(parts) };
          const startMs = instant(`${start}Z`);
          const untilMs = startMs + 330 * 86_400_000;
          const whole = expand(recurrence, { fromMs: 0, untilMs, limit: 1_000_000 });
          const window = { fromMs: startMs + skip * 86_400_000 - 1234, untilMs: startMs + (skip + length) * 86_400_000 + 777 };
          expect(expand(recurrence, { ...window, limit: 1_000_000 })).toEqual(
            whole.filter((atMs) => atMs >= window.fromMs && atMs < window.untilMs),
          );
          expect(expand(recurrence, { ...window, limit: 3 })).toEqual(
            whole.filter((atMs) => atMs >= window.fromMs && atMs < window.untilMs).slice(0, 3),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test.each([
    'FREQ=SECONDLY',
    'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;INTERVAL=294;BYSECOND=1',
    'FREQ=SECONDLY;BYHOUR=5;BYMINUTE=1;BYSECOND=1;BYMONTH=2;BYMONTHDAY=30',
    `FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${Array.from({ length: 24 }, (_, hour) => hour)};BYMINUTE=${Array.from({ length: 60 }, (_, minute) => minute)}`,
  ])('%s comes to an end, and a week in the far future is found at once', (rrule) => {
    const recurrence = { start: '2026-01-01T00:00', timeZone: HANOI, rrule };
    expect(expand(recurrence, ALWAYS).length).toBeLessThanOrEqual(1000);
    const fromMs = instant('2150-01-01T00:00Z');
    const week = expand(recurrence, { fromMs, untilMs: fromMs + 7 * 86_400_000, limit: 10 });
    expect(week.every((atMs) => atMs >= fromMs)).toBe(true);
    if (rrule === 'FREQ=SECONDLY') expect(week[0]).toBe(fromMs);
  });
});
