import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { resample, TAPS_AFTER, TAPS_BEFORE } from './resampler.ts';

const COUNT = 4000;

function tone(frequency: number, step: number, position: number): { own: Float32Array; ideal: Float32Array } {
  const source = Float32Array.from({ length: 5000 }, (_, frame) => Math.sin((2 * Math.PI * frequency * frame) / 48_000));
  const own = new Float32Array(COUNT);
  resample({ source, position: TAPS_BEFORE + position, step, into: own, at: 0, count: COUNT });
  const ideal = own.map((_, i) => Math.sin((2 * Math.PI * frequency * (TAPS_BEFORE + position + i * step)) / 48_000));
  return { own, ideal };
}

function residualDb(own: Float32Array, ideal: Float32Array): number {
  let left = 0;
  let all = 0;
  for (let i = 0; i < own.length; i++) {
    left += ((own[i] ?? 0) - (ideal[i] ?? 0)) ** 2;
    all += (ideal[i] ?? 0) ** 2;
  }
  return 10 * Math.log10(left / all + 1e-20);
}

test('every tone up to 18 kHz comes out as it went in, at any rate that a card or a servo asks for', () => {
  void fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 18_000 }),
      fc.double({ min: 0.999, max: 1.001, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (frequency, step, position) => {
        const { own, ideal } = tone(frequency, step, position);
        expect(residualDb(own, ideal)).toBeLessThan(-70);
      },
    ),
    { numRuns: 200 },
  );
});

test('speech has 80 dB above what is left beside it', () => {
  for (const frequency of [100, 1000, 4000]) {
    const { own, ideal } = tone(frequency, 1.0001, 0.37);
    expect(residualDb(own, ideal)).toBeLessThan(-80);
  }
});

test('on the sample itself nothing is changed', () => {
  const source = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i * i));
  const own = new Float32Array(100);
  resample({ source, position: TAPS_BEFORE + 20, step: 1, into: own, at: 0, count: 100 });
  for (let i = 0; i < 100; i++) expect(own[i]).toBeCloseTo(source[TAPS_BEFORE + 20 + i] ?? 0, 6);
  expect(TAPS_BEFORE + TAPS_AFTER).toBeLessThan(50);
});
