import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Level } from '../contract/basics.ts';
import { occurrenceId, playNowId } from './occurrence-id.ts';
import { pick, precedes, resolve, type Timed } from './precedence.ts';

const planned = (name: string, level: Level, startAtMs: number, endAtMs: number): Timed => ({
  broadcastId: occurrenceId(name, startAtMs),
  level,
  startAtMs,
  endAtMs,
});
const byHand = (name: string, level: Level, startAtMs: number, endAtMs: number): Timed => ({
  broadcastId: playNowId(name),
  level,
  startAtMs,
  endAtMs,
});
const broadcasts = fc.array(
  fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      hand: fc.boolean(),
      level: fc.constantFrom<Level>('normal', 'priority', 'emergency'),
      start: fc.integer({ min: 0, max: 20 }),
      length: fc.integer({ min: 1, max: 10 }),
    })
    .map(({ name, hand, level, start, length }) => (hand ? byHand : planned)(`${name}${start}`, level, start, start + length)),
  { maxLength: 8 },
);

describe('where two broadcasts are due at once', () => {
  test.each<[string, Timed, Timed]>([
    ['an emergency sounds, not the session', planned('x', 'emergency', 50, 60), planned('y', 'normal', 0, 100)],
    ['an emergency sounds, not what was put on air by hand', planned('x', 'emergency', 50, 60), byHand('y', 'priority', 55, 60)],
    ['a priority bulletin sounds, not a normal one', planned('x', 'priority', 50, 60), planned('y', 'normal', 50, 60)],
    ['a priority session is not cut by a normal bulletin played by hand', planned('x', 'priority', 0, 60), byHand('y', 'normal', 50, 60)],
    ['what a person plays now sounds over the session', byHand('x', 'normal', 50, 60), planned('y', 'normal', 0, 100)],
    ['and it is not cut by a session that begins during it', byHand('x', 'normal', 50, 60), planned('y', 'normal', 55, 100)],
    ['the newest of two played by hand sounds', byHand('x', 'normal', 55, 60), byHand('y', 'normal', 50, 60)],
    ['of two sessions, the one that has begun is finished', planned('x', 'normal', 0, 60), planned('y', 'normal', 50, 100)],
    ['two alike are ordered in the same way everywhere', planned('a', 'normal', 0, 60), planned('b', 'normal', 0, 60)],
  ])('%s', (_promise, wins, yields) => {
    expect(precedes(wins, yields)).toBe(true);
    expect(precedes(yields, wins)).toBe(false);
    const bothDueAtMs = Math.max(wins.startAtMs, yields.startAtMs);
    expect(pick([yields, wins], bothDueAtMs)).toBe(wins);
  });

  test('every cluster picks the same one, in whatever order it heard of them', () => {
    fc.assert(
      fc.property(broadcasts, fc.integer({ min: 0, max: 30 }), (all, atMs) => {
        expect(pick([...all].reverse(), atMs)?.broadcastId).toBe(pick(all, atMs)?.broadcastId);
      }),
    );
  });
});

describe('the preview of what plays when', () => {
  test('a session comes back in step after what pre-empted it', () => {
    const session = planned('s', 'normal', 0, 100);
    const emergency = byHand('e', 'emergency', 30, 40);
    expect(resolve([session, emergency])).toEqual([
      { fromMs: 0, untilMs: 30, broadcast: session },
      { fromMs: 30, untilMs: 40, broadcast: emergency },
      { fromMs: 40, untilMs: 100, broadcast: session },
    ]);
  });

  test('says for every instant what the clusters pick at that instant', () => {
    fc.assert(
      fc.property(broadcasts, (all) => {
        const soundings = resolve(all);
        for (let atMs = 0; atMs < 31; atMs++) {
          const shown = soundings.filter((sounding) => sounding.fromMs <= atMs && atMs < sounding.untilMs);
          expect(shown.length).toBeLessThanOrEqual(1);
          expect(shown[0]?.broadcast.broadcastId).toBe(pick(all, atMs)?.broadcastId);
        }
      }),
    );
  });
});
