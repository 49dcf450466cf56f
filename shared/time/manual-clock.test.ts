import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

test('timers fire in the order of their instants, each seeing its own instant as the present', () => {
  const clock = new ManualClock(1_000);
  const seen: number[] = [];
  clock.after(30, () => seen.push(clock.nowMs()));
  clock.every(20, () => seen.push(clock.nowMs()));
  clock.advance(50);
  expect(seen).toEqual([1_020, 1_030, 1_040]);
});

test('a step of the wall clock moves neither monotonic time nor an armed timer', () => {
  const clock = new ManualClock(1_000);
  let fired = 0;
  clock.after(10, () => fired++);
  clock.step(3_600_000);
  expect(fired).toBe(0);
  expect(clock.monotonicMs()).toBe(0);
  clock.advance(10);
  expect(fired).toBe(1);
});
