import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetEstimator } from './estimator.ts';

/** A link and a crystal, as they can be between a pole and the commune office. */
interface World {
  seed: number;
  driftPpm: number;
  upMs: number;
  downMs: number;
  jitterMs: number;
  loss: number;
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The agent's own pace: a burst, then ever more rarely. */
function gapMs(asks: number, nowMs: number, random: () => number): number {
  const least = asks < 8 ? 200 : nowMs < 20_000 ? 1_500 : nowMs < 90_000 ? 5_000 : nowMs < 600_000 ? 15_000 : 120_000;
  return least * (1 + random());
}

/** Runs exchanges for `forMs`, a burst first; calls `look` after each that came back. */
function live(world: World, forMs: number, look: (estimator: OffsetEstimator, nowMs: number, trueOffsetMs: number) => void): void {
  const random = randomOf(world.seed);
  const estimator = new OffsetEstimator();
  const wait = () => -Math.log(1 - random()) * world.jitterMs;
  const offsetAt = (monotonicMs: number) => 1_795_000_000_000 + monotonicMs * world.driftPpm * 1e-6;
  let asks = 0;
  for (let nowMs = 1_000; nowMs < forMs; nowMs += gapMs(asks++, nowMs, random)) {
    if (random() < world.loss) continue;
    const [up, down] = [world.upMs + wait(), world.downMs + wait()];
    const t2 = nowMs + up + offsetAt(nowMs + up);
    const backAtMs = nowMs + up + down;
    const offsetMs = (t2 - nowMs + (t2 - backAtMs)) / 2;
    estimator.add({ atMs: (nowMs + backAtMs) / 2, offsetMs, roundTripMs: up + down });
    look(estimator, backAtMs, offsetAt(backAtMs));
  }
}

const world = fc.record({
  seed: fc.integer(),
  driftPpm: fc.double({ min: -100, max: 100, noNaN: true }),
  upMs: fc.double({ min: 0.1, max: 200, noNaN: true }),
  downMs: fc.double({ min: 0.1, max: 200, noNaN: true }),
  jitterMs: fc.double({ min: 0.01, max: 100, noNaN: true }),
  loss: fc.double({ min: 0, max: 0.7, noNaN: true }),
});

test('the true time always lies within what the cluster says of its sureness, whatever the link and the crystal', () => {
  fc.assert(
    fc.property(world, (given) => {
      live(given, 3 * 3_600_000, (estimator, nowMs, trueOffsetMs) => {
        const estimate = estimator.at(nowMs);
        expect(Math.abs((estimate?.offsetMs ?? Number.NaN) - trueOffsetMs)).toBeLessThanOrEqual(estimate?.uncertaintyMs ?? 0);
      });
    }),
    { numRuns: 150 },
  );
});

test('on a network within the village the time is right to a fifth of a millisecond after the first burst', () => {
  const lan = fc.record({
    seed: fc.integer(),
    driftPpm: fc.double({ min: -100, max: 100, noNaN: true }),
    baseMs: fc.double({ min: 0.2, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(lan, ({ seed, driftPpm, baseMs }) => {
      let seen = 0;
      live({ seed, driftPpm, upMs: baseMs, downMs: baseMs, jitterMs: 0.15, loss: 0 }, 1_800_000, (estimator, nowMs, trueOffsetMs) => {
        if (++seen < 20) return;
        expect(Math.abs((estimator.at(nowMs)?.offsetMs ?? Number.NaN) - trueOffsetMs)).toBeLessThan(0.2);
      });
    }),
    { numRuns: 100, seed: 20261122 },
  );
});

/** A week after two hours of exchanges: how far off the time is, and how far off it may be by its own account, ms. */
function weekLater(given: World): { errorMs: number; saidMs: number } {
  const learntMs = 2 * 3_600_000;
  let last: OffsetEstimator | undefined;
  live(given, learntMs, (estimator) => {
    last = estimator;
  });
  const atMs = learntMs + 7 * 86_400_000;
  const estimate = last?.at(atMs);
  const trueMs = 1_795_000_000_000 + atMs * given.driftPpm * 1e-6;
  return { errorMs: Math.abs((estimate?.offsetMs ?? Number.NaN) - trueMs), saidMs: estimate?.uncertaintyMs ?? Number.NaN };
}

test('after a week without the network the sureness said is still honest', () => {
  fc.assert(
    fc.property(world, (given) => {
      const { errorMs, saidMs } = weekLater({ ...given, loss: 0 });
      expect(errorMs).toBeLessThanOrEqual(saidMs);
    }),
    { numRuns: 60 },
  );
});

test('after a week without the network a cluster on 4G is off by seconds, not by the minute that its crystal alone would be', () => {
  const errors = [];
  for (let seed = 1; seed <= 40; seed++) {
    errors.push(weekLater({ seed, driftPpm: seed % 2 ? 100 : -100, upMs: 40, downMs: 25, jitterMs: 15, loss: 0.05 }).errorMs);
  }
  expect(Math.max(...errors)).toBeLessThan(10_000);
});

test('an answer that came before its question is not believed', () => {
  const estimator = new OffsetEstimator();
  expect(estimator.add({ atMs: 10, offsetMs: 5, roundTripMs: -1 })).toBe(false);
  expect(estimator.at(10)).toBeUndefined();
});
