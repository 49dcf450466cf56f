import { expect, test } from 'vitest';
import { clockLength, decimal, megabytes } from './lengths.ts';

test.each([
  [0, '0:00'],
  [999, '0:00'],
  [65_000, '1:05'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
])('%d ms is shown as %s', (lengthMs, shown) => {
  expect(clockLength(lengthMs)).toBe(shown);
});

test('Vietnamese numbers have a decimal comma, English ones a point', () => {
  expect(decimal(0.25, 2, 'vi')).toBe('0,25');
  expect(decimal(0.25, 2, 'en')).toBe('0.25');
  expect(megabytes(3_565_158, 'vi')).toBe('3,4 MB');
});
