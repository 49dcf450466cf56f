import { isStopped, type StopOverride } from '@tieng-lang/shared/contract/override';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { pick } from '@tieng-lang/shared/schedule/precedence';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { occurrence } from './testing/rig.ts';
import { cues, firstAfter } from './timeline.ts';

const SHA = 'c'.repeat(64);

const anyOccurrence: fc.Arbitrary<PlanOccurrence> = fc
  .record({
    id: fc.constantFrom('oc-a', 'oc-b', 'oc-c', 'oc-d', 'now-a', 'now-b'),
    startAtMs: fc.integer({ min: 0, max: 100 }),
    level: fc.constantFrom('normal' as const, 'priority' as const, 'emergency' as const),
    lengths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ id, startAtMs, level, lengths }) =>
    occurrence({ id, startAtMs, level, items: lengths.map((durationMs) => ({ sha256: SHA, durationMs })) }),
  );

const anyStop: fc.Arbitrary<StopOverride> = fc.record({
  kind: fc.constant('stop' as const),
  id: fc.constant('s'),
  broadcastId: fc.constantFrom(null, 'oc-a', 'now-a'),
  startedBeforeMs: fc.integer({ min: 0, max: 100 }),
  endAtMs: fc.integer({ min: 0, max: 200 }),
});

const anyDay = fc.uniqueArray(anyOccurrence, { selector: ({ broadcastId }) => broadcastId, maxLength: 6 });

test('at every instant the broadcast sounds that takes precedence among those that are due', () => {
  void fc.assert(
    fc.property(anyDay, (day) => {
      const list = cues(day, []);
      for (let atMs = 0.5; atMs < 240; atMs++) {
        const sounding = list.filter((cue) => cue.fromMs <= atMs && atMs < cue.untilMs);
        expect(sounding.length).toBeLessThanOrEqual(1);
        expect(sounding[0]?.occurrence).toBe(pick(day, atMs));
      }
    }),
  );
});

test('what is stopped never sounds', () => {
  void fc.assert(
    fc.property(anyDay, fc.array(anyStop, { maxLength: 3 }), (day, stops) => {
      for (const cue of cues(day, stops)) {
        for (const atMs of [cue.fromMs, (cue.fromMs + cue.untilMs) / 2]) expect(isStopped(stops, cue.occurrence, atMs)).toBe(false);
      }
    }),
  );
});

test('items keep their places in the broadcast, whatever interrupts it', () => {
  void fc.assert(
    fc.property(anyDay, fc.array(anyStop, { maxLength: 2 }), (day, stops) => {
      const list = cues(day, stops);
      for (const [index, cue] of list.entries()) {
        expect(cue.itemAtMs).toBe(cue.occurrence.startAtMs + cue.item.offsetMs);
        expect(cue.fromMs).toBeGreaterThanOrEqual(cue.itemAtMs);
        expect(cue.untilMs).toBeLessThanOrEqual(cue.itemAtMs + cue.item.durationMs);
        expect(cue.fromMs).toBeLessThan(cue.untilMs);
        expect(cue.fromMs).toBeGreaterThanOrEqual(list[index - 1]?.untilMs ?? 0);
        if (cue.toItsEnd) expect(cue.untilMs).toBe(cue.itemAtMs + cue.item.durationMs);
      }
    }),
  );
});

test('what comes next is found from any instant', () => {
  const list = cues([occurrence({ id: 'oc-a', startAtMs: 10, items: [1, 2, 3].map((durationMs) => ({ sha256: SHA, durationMs })) })], []);
  expect(firstAfter(list, 0)).toBe(0);
  expect(firstAfter(list, 11)).toBe(1);
  expect(firstAfter(list, 12.5)).toBe(1);
  expect(firstAfter(list, 13)).toBe(2);
  expect(firstAfter(list, 16)).toBe(3);
});
