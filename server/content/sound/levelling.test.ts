import fc from 'fast-check';
import { expect, test } from 'vitest';
import { levellingFor, lowered, nextGain, type Rehearsal, TARGET_LUFS, TRUE_PEAK_MAX_DBTP } from './levelling.ts';
import type { Measurement } from './measurement.ts';

function measured(lufs: number | null, truePeakDbtp: number): Measurement {
  return { samples: 480_000, lufs, truePeakDbtp, faults: 0 };
}

test('a calm recording gets one gain and no limiter', () => {
  expect(levellingFor(measured(-23, -12))).toEqual({ gainDb: 7, limitDbtp: null, trimDb: 0 });
  expect(levellingFor(measured(-9, -0.1))).toEqual({ gainDb: -7, limitDbtp: null, trimDb: 0 });
});

test('hiss is not made into a storm: the gain has an end', () => {
  expect(levellingFor(measured(-68, -50)).gainDb).toBe(40);
});

test('whatever a limiter takes, a few rehearsals come near the target, or end at the most that a voice bears', () => {
  const level = fc.double({ min: -45, max: -10, noNaN: true });
  const crest = fc.double({ min: 4, max: 25, noNaN: true });
  const slope = fc.double({ min: 0.3, max: 1, noNaN: true });
  fc.assert(
    fc.property(level, crest, slope, (lufs, crestDb, itsSlope) => {
      const source = measured(lufs, lufs + crestDb);
      const levelling = levellingFor(source);
      if (levelling.limitDbtp === null) return;
      const freeDb = levelling.limitDbtp - lufs - crestDb;
      const loudnessAt = (gainDb: number) => lufs + Math.min(gainDb, freeDb) + Math.max(0, gainDb - freeDb) * itsSlope;
      const rehearsals: Rehearsal[] = [];
      let gainDb: number | undefined = levelling.gainDb;
      while (gainDb !== undefined && rehearsals.length < 4) {
        rehearsals.push({ gainDb, lufs: loudnessAt(gainDb) });
        gainDb = nextGain(source, rehearsals);
      }
      const last = rehearsals.at(-1) ?? { gainDb: 0, lufs: 0 };
      const mostDb = Math.min(40, 24 + TRUE_PEAK_MAX_DBTP - lufs - crestDb);
      expect(Math.abs((last.lufs ?? 0) - TARGET_LUFS) <= 1 || last.gainDb >= mostDb - 0.2).toBe(true);
    }),
  );
});

test('peaks that encoding adds are taken down: by the limiter first, then for certain', () => {
  const levelling = { gainDb: 8, limitDbtp: -2.5, trimDb: 0 };
  expect(lowered(levelling, measured(-16, -1.6), 1)).toBeUndefined();
  expect(lowered(levelling, measured(-16, -1), 1)).toMatchObject({ gainDb: 8, limitDbtp: expect.closeTo(-3.3), trimDb: 0 });
  expect(lowered(levelling, measured(-16, -1), 2)).toMatchObject({ limitDbtp: -2.5, trimDb: expect.closeTo(0.6) });
});
