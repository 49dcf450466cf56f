import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlewedTime, STEP_MS } from './slewed-time.ts';

const corrections = fc.array(
  fc.record({
    afterMs: fc.double({ min: 100, max: 120_000, noNaN: true }),
    errorMs: fc.double({ min: -STEP_MS, max: STEP_MS, noNaN: true }),
  }),
  { minLength: 1, maxLength: 30 },
);

test('what sounds never jumps: corrections bend the time by no more than 0,06 per cent, and it never runs backwards', () => {
  fc.assert(
    fc.property(corrections, fc.double({ min: -100, max: 100, noNaN: true }), (list, driftPpm) => {
      const line = new SlewedTime();
      line.set(0, 1_000_000, driftPpm);
      let nowMs = 0;
      for (const { afterMs, errorMs } of list) {
        const [fromMs, untilMs] = [nowMs, nowMs + afterMs];
        for (let part = 0; part < 10; part++) {
          const [a, b] = [fromMs + ((untilMs - fromMs) * part) / 10, fromMs + ((untilMs - fromMs) * (part + 1)) / 10];
          const rate = (line.at(b) - line.at(a)) / (b - a);
          expect(Math.abs(rate - 1)).toBeLessThan(0.0035);
        }
        const before = line.at(untilMs);
        const wanted = before - untilMs + Math.max(-STEP_MS + 0.001, Math.min(STEP_MS - 0.001, errorMs));
        expect(line.steer(untilMs, wanted, driftPpm)).toBe(0);
        expect(line.at(untilMs)).toBeCloseTo(before, 6);
        nowMs = untilMs;
      }
    }),
  );
});

test('an instant asked for and asked back is the same instant', () => {
  fc.assert(
    fc.property(corrections, (list) => {
      const line = new SlewedTime();
      line.set(0, 1_000_000, 30);
      let nowMs = 0;
      for (const { afterMs, errorMs } of list) {
        nowMs += afterMs;
        line.steer(nowMs, line.at(nowMs) - nowMs + errorMs * 0.9, 30);
        for (const aheadMs of [-500, 0, 1_000, 60_000, 600_000]) {
          const atMs = Math.max(0, nowMs + aheadMs);
          expect(line.monotonicAt(line.at(atMs))).toBeCloseTo(atMs, 3);
        }
      }
    }),
  );
});

test('a small correction is made gently and completely', () => {
  const line = new SlewedTime();
  line.set(0, 0, 0);
  line.steer(1_000, 2, 0);
  expect(line.at(1_000)).toBe(1_000);
  expect(line.at(16_000)).toBeCloseTo(16_002, 6);
  expect(line.at(60_000)).toBeCloseTo(60_002, 6);
});

test('an error that nobody could glide over is stepped and said', () => {
  const line = new SlewedTime();
  line.set(0, 0, 0);
  expect(line.steer(1_000, 3_600_000, 0)).toBe(3_600_000);
  expect(line.at(1_000)).toBe(3_601_000);
});
