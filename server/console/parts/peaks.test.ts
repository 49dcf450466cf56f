import { expect, test } from 'vitest';
import { barsOf } from './peaks.ts';

test('each bar is the loudest of its steps, and the loudest bar is full', () => {
  const peaks = [-0.1, 0.1, -0.5, 0.2, 0, 0.25, -0.05, 0];
  expect(barsOf(peaks, 2)).toEqual([1, 0.5]);
});

test('a sound shorter than the bars is stretched, never left out', () => {
  expect(barsOf([-0.5, 0.5, -0.25, 0.25], 4)).toEqual([1, 1, 0.5, 0.5]);
});

test('silence and nothing are flat', () => {
  expect(barsOf([0, 0, 0, 0], 2)).toEqual([0, 0]);
  expect(barsOf([], 3)).toEqual([]);
});
