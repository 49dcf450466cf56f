import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dbfs, gainOfVolume, limitSoftly } from './gain.ts';

test('volume 100 changes nothing, 50 is 20 dB down, 0 is silence', () => {
  expect(gainOfVolume(100)).toBe(1);
  expect(20 * Math.log10(gainOfVolume(50))).toBeCloseTo(-20, 6);
  expect(gainOfVolume(0)).toBe(0);
});

test('every step up is louder', () => {
  for (let volume = 1; volume <= 100; volume++) expect(gainOfVolume(volume)).toBeGreaterThan(gainOfVolume(volume - 1));
});

test('what is not too loud is left as it is, and nothing ever leaves full scale', () => {
  void fc.assert(
    fc.property(fc.float({ min: -4, max: 4, noNaN: true }), (sample) => {
      const block = Float32Array.of(sample);
      limitSoftly(block);
      const limited = block[0] ?? 9;
      expect(Math.abs(limited)).toBeLessThanOrEqual(1);
      if (Math.abs(sample) <= 0.97) expect(limited).toBe(sample);
      expect(Math.sign(limited)).toBe(Math.sign(sample));
    }),
  );
});

test('a full-scale square is 0 dBFS, nothing has no level', () => {
  expect(dbfs(1000, 1000)).toBe(0);
  expect(dbfs(0, 1000)).toBeNull();
  expect(dbfs(0, 0)).toBeNull();
});
