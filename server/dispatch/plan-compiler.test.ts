import { plan } from '@tieng-lang/shared/contract/plan';
import { SIGNED_BYTES_MAX } from '@tieng-lang/shared/signing/jws';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soundOf } from '../schedule/trial-commune.ts';
import type { ResolvedOccurrence } from '../services.ts';
import { compilePlan, HORIZON_MS, needsNewVersion } from './plan-compiler.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 23);
const CLUSTER = { code: 'HD-01', volume: 80, delayMs: 0 };

function occurrence(startAtMs: number, change: Partial<ResolvedOccurrence> & { name?: string } = {}): ResolvedOccurrence {
  const { name = 'b', ...rest } = change;
  const sound = soundOf(name, 60_000);
  return {
    broadcastId: `oc-${name}-${startAtMs}`,
    scheduleId: name,
    title: name,
    level: 'normal',
    startAtMs,
    endAtMs: startAtMs + 60_000,
    durationMs: 60_000,
    volume: null,
    clusters: ['HD-01'],
    displacedOn: [],
    leftOut: [],
    items: [{ index: 0, bulletinId: name, title: name, sha256: sound.sha256, offsetMs: 0, durationMs: 60_000 }],
    media: [{ sha256: sound.sha256, bytes: sound.bytes, durationMs: 60_000 }],
    ...rest,
  };
}
const compile = (occurrences: ResolvedOccurrence[], nowMs = NOW_MS) =>
  compilePlan(CLUSTER, occurrences, { station: 'huong-dao', nowMs, untilMs: nowMs + HORIZON_MS });
const daily = (days: number, fromMs = NOW_MS + 3_600_000) => Array.from({ length: days }, (_, day) => occurrence(fromMs + day * DAY_MS));
/** What a restart of the server reads back. */
const stored = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('the plan of a cluster', () => {
  test('is the same whatever the order in which its occurrences are found', () => {
    const occurrences = [...daily(5), occurrence(NOW_MS + 7_200_000, { name: 'c' })];
    fc.assert(
      fc.property(fc.shuffledSubarray(occurrences, { minLength: occurrences.length }), (shuffled) => {
        expect(compile(shuffled)).toEqual(compile(occurrences));
      }),
    );
  });

  test('holds what sounds there and nothing else, and each file once', () => {
    const made = compile([
      ...daily(3),
      occurrence(NOW_MS + 1000, { clusters: ['HD-02'], name: 'elsewhere' }),
      occurrence(NOW_MS + 1000, { items: [], media: [], name: 'not approved' }),
      occurrence(NOW_MS - 120_000, { name: 'over' }),
    ]);
    expect(plan.parse(made)).toEqual(made);
    expect(made.occurrences.map(({ title }) => title)).toEqual(['b', 'b', 'b']);
    expect(made.media).toHaveLength(1);
  });

  test('holds the broadcast that is sounding now, so that a cluster that comes back joins it', () => {
    expect(compile([occurrence(NOW_MS - 30_000)]).occurrences).toHaveLength(1);
  });

  test('of a commune that schedules far too much is cut by time and stays below what a message may weigh', () => {
    const items = occurrence(0).items.flatMap((item) => Array.from({ length: 50 }, (_, index) => ({ ...item, index })));
    const made = compile(Array.from({ length: 3000 }, (_, minute) => occurrence(NOW_MS + minute * 120_000, { items })));
    const last = made.occurrences.at(-1);
    expect(made.occurrences.length).toBeGreaterThan(50);
    expect(Buffer.byteLength(JSON.stringify(made)) * 1.4).toBeLessThan(SIGNED_BYTES_MAX);
    expect(made.untilMs).toBe((last?.startAtMs ?? 0) + 120_000);
  });
});

describe('a new version', () => {
  const held = stored(compile(daily(12).slice(0, 8)));

  test('is not made while nothing changes, though broadcasts pass', () => {
    for (const hours of [0, 1, 5, 23]) {
      const nowMs = NOW_MS + hours * 3_600_000;
      expect(needsNewVersion(held, compile(daily(12), nowMs), nowMs), `${hours} h`).toBe(false);
    }
  });

  test('is made before less than seven days are planned', () => {
    const nowMs = NOW_MS + DAY_MS + 1;
    expect(needsNewVersion(held, compile(daily(12), nowMs), nowMs)).toBe(true);
  });

  test.each<[string, (occurrences: ResolvedOccurrence[]) => ResolvedOccurrence[]]>([
    ['one is added', (all) => [...all, occurrence(NOW_MS + 7_200_000, { name: 'new' })]],
    ['one is taken away', (all) => all.slice(1)],
    [
      'one is moved',
      (all) => all.map((each, index) => (index === 3 ? { ...each, startAtMs: each.startAtMs + 1, endAtMs: each.endAtMs + 1 } : each)),
    ],
    [
      'one gets another sound',
      (all) => [occurrence(all[0]?.startAtMs ?? 0, { name: 'other', broadcastId: all[0]?.broadcastId ?? '' }), ...all.slice(1)],
    ],
    ['one gets another volume', (all) => all.map((each, index) => (index === 0 ? { ...each, volume: 30 } : each))],
  ])('is made when %s', (_case, change) => {
    expect(needsNewVersion(held, compile(change(daily(12))), NOW_MS)).toBe(true);
  });

  test('is made when the volume of the cluster is set', () => {
    const fresh = compilePlan({ ...CLUSTER, volume: 60 }, daily(12), { station: 'huong-dao', nowMs: NOW_MS, untilMs: NOW_MS + HORIZON_MS });
    expect(needsNewVersion(held, fresh, NOW_MS)).toBe(true);
  });
});
