import { describe, expect, test } from 'vitest';
import { firstDate, type Repeat, repeatOf, ruleOf } from './recurrence.ts';

describe('what a person chooses is the rule that is saved', () => {
  test.each<[Repeat, string | undefined]>([
    [{ kind: 'once' }, undefined],
    [{ kind: 'daily' }, 'FREQ=DAILY'],
    [{ kind: 'working' }, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    [{ kind: 'mondayToSaturday' }, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA'],
    [{ kind: 'weekly', days: [7, 3], everyWeeks: 1 }, 'FREQ=WEEKLY;BYDAY=WE,SU'],
    [{ kind: 'weekly', days: [1], everyWeeks: 2 }, 'FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO'],
    [{ kind: 'weekly', days: [], everyWeeks: 1 }, undefined],
  ])('%j → %s', (repeat, rule) => {
    expect(ruleOf(repeat)).toBe(rule);
  });

  test('a saved rule is shown again as the choice that made it', () => {
    const choices: Repeat[] = [
      { kind: 'daily' },
      { kind: 'working' },
      { kind: 'mondayToSaturday' },
      { kind: 'weekly', days: [3, 7], everyWeeks: 1 },
      { kind: 'weekly', days: [1, 2, 3, 4, 5], everyWeeks: 3 },
    ];
    for (const choice of choices) expect(repeatOf(ruleOf(choice) ?? null)).toEqual(choice);
    expect(repeatOf(null)).toEqual({ kind: 'once' });
  });

  test('a rule that the console cannot say in words is not mistaken for another', () => {
    for (const rule of [
      'FREQ=MONTHLY;BYMONTHDAY=15',
      'FREQ=DAILY;COUNT=3',
      'FREQ=DAILY;INTERVAL=2',
      'FREQ=WEEKLY;BYDAY=1MO',
      'FREQ=WEEKLY',
    ]) {
      expect(repeatOf(rule)).toBeUndefined();
    }
  });
});

describe('the first broadcast is on a day of the rule', () => {
  test.each<[string, Repeat, string]>([
    ['2026-11-28', { kind: 'working' }, '2026-11-30'],
    ['2026-11-29', { kind: 'mondayToSaturday' }, '2026-11-30'],
    ['2026-11-24', { kind: 'weekly', days: [1], everyWeeks: 1 }, '2026-11-30'],
    ['2026-11-24', { kind: 'weekly', days: [2], everyWeeks: 1 }, '2026-11-24'],
    ['2026-11-24', { kind: 'daily' }, '2026-11-24'],
    ['2026-11-24', { kind: 'weekly', days: [], everyWeeks: 1 }, '2026-11-24'],
  ])('from %s with %j it is %s', (date, repeat, first) => {
    expect(firstDate(date, repeat)).toBe(first);
  });
});
