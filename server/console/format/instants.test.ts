import { describe, expect, test } from 'vitest';
import {
  addDays,
  dateOf,
  dateTimeOf,
  instantOf,
  localDateOf,
  mondayOf,
  timeOf,
  timeWithSecondsOf,
  weekdayNameOf,
  weekdayOf,
} from './instants.ts';

describe('a broadcaster sees the time of the commune, wherever the browser is', () => {
  test.each([
    ['2026-11-22T22:30:00Z', '05:30', '23/11/2026'],
    ['2026-11-23T05:30:00+07:00', '05:30', '23/11/2026'],
    ['2026-12-31T17:00:00Z', '00:00', '01/01/2027'],
    ['2026-02-28T16:59:59Z', '23:59', '28/02/2026'],
  ])('%s is %s on %s', (instant, time, date) => {
    expect([timeOf(instant), dateOf(instant), dateTimeOf(instant)]).toEqual([time, date, `${time} ${date}`]);
  });

  test('midnight is 00:00, never 24:00', () => {
    expect(timeWithSecondsOf('2026-11-22T17:00:07Z')).toBe('00:00:07');
  });

  test('a local time goes to its instant and back', () => {
    for (const local of ['2026-11-23T05:30', '2026-01-01T00:00', '2026-12-31T23:59']) {
      const atMs = instantOf(local);
      expect(`${localDateOf(atMs)}T${timeOf(atMs)}`).toBe(local);
    }
    expect(instantOf('2026-11-23')).toBe(Date.parse('2026-11-22T17:00:00Z'));
  });
});

describe('weeks start on Monday', () => {
  test.each([
    ['2026-11-23', '2026-11-23', 1, 'mon'],
    ['2026-11-29', '2026-11-23', 7, 'sun'],
    ['2026-12-01', '2026-11-30', 2, 'tue'],
    ['2027-01-01', '2026-12-28', 5, 'fri'],
  ])('%s is in the week of %s', (date, monday, weekday, name) => {
    expect([mondayOf(date), weekdayOf(date), weekdayNameOf(date)]).toEqual([monday, weekday, name]);
  });

  test('days are added over the ends of months and leap years', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  });
});
