import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AgentDatabase, openDatabase } from '../database.ts';
import { CommuneClock } from './commune-clock.ts';
import type { Machine } from './machine.ts';
import { parseChronyTracking, type SystemTime } from './system-time.ts';
import { TimeMemory } from './time-memory.ts';

const log = pino({ level: 'silent' });
const START_MS = 1_795_000_000_000;
const SERVER_AHEAD_MS = 7_000;
let folder: string;
let db: AgentDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-clock-'));
  db = openDatabase(folder);
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A machine whose uptime goes with the manual clock's monotonic time. */
function machineOf(clock: ManualClock, bootId: string, bootedAtMs = 0): Machine {
  return { bootId: () => bootId, uptimeMs: () => clock.monotonicMs() - bootedAtMs };
}

function communeClock(clock: ManualClock, machine: Machine, systemTime?: SystemTime) {
  const steps: number[] = [];
  const time = new CommuneClock({
    clock,
    log,
    memory: new TimeMemory({ db, clock, machine }),
    ...(systemTime ? { systemTime } : {}),
    onStepped: (stepMs) => steps.push(stepMs),
  });
  time.start();
  return { time, steps };
}

/** One exchange with the server over an even link of 2 ms. */
function exchange(time: CommuneClock, clock: ManualClock, serverNowMs: number): void {
  time.sample({ atMs: clock.monotonicMs(), offsetMs: serverNowMs - clock.monotonicMs(), roundTripMs: 2 }, false);
}

function sync(time: CommuneClock, clock: ManualClock, aheadMs = SERVER_AHEAD_MS): void {
  for (let ask = 0; ask < 8; ask++) {
    clock.advance(300);
    exchange(time, clock, clock.nowMs() + aheadMs);
  }
}

test('a box that was never told the time does not pretend to know it', () => {
  const clock = new ManualClock(START_MS);
  const { time } = communeClock(clock, machineOf(clock, 'boot-1'));
  expect(time.report()).toMatchObject({ status: 'unknown', uncertaintyMs: null });
  expect(time.nowMs()).toBeUndefined();
  time.stop();
});

test('one answer is not enough; the burst is', () => {
  const clock = new ManualClock(START_MS);
  const { time } = communeClock(clock, machineOf(clock, 'boot-1'));
  exchange(time, clock, clock.nowMs() + SERVER_AHEAD_MS);
  expect(time.report().status).toBe('unknown');
  sync(time, clock);
  expect(time.report().status).toBe('synced');
  expect(time.report().offsetMs).toBeCloseTo(SERVER_AHEAD_MS, 1);
  time.stop();
});

test('setting the machine clock moves nothing that is due', () => {
  const clock = new ManualClock(START_MS);
  const { time, steps } = communeClock(clock, machineOf(clock, 'boot-1'));
  sync(time, clock);
  const before = time.at(clock.monotonicMs());
  clock.step(-3_600_000);
  expect(time.at(clock.monotonicMs())).toBe(before);
  expect(time.report().offsetMs).toBeCloseTo(SERVER_AHEAD_MS + 3_600_000, 0);
  expect(steps).toEqual([]);
  time.stop();
});

test('a server whose clock was put right takes its clusters along, after it has said so three times', () => {
  const clock = new ManualClock(START_MS);
  const { time, steps } = communeClock(clock, machineOf(clock, 'boot-1'));
  sync(time, clock);
  exchange(time, clock, clock.nowMs() + 99_000);
  exchange(time, clock, clock.nowMs() + 99_000);
  expect(time.report().offsetMs).toBeCloseTo(SERVER_AHEAD_MS, 0);
  exchange(time, clock, clock.nowMs() + 99_000);
  expect(time.report().offsetMs).toBeCloseTo(99_000, 0);
  expect(steps).toHaveLength(1);
  time.stop();
});

test('seven days without the network are holdover, still usable, and less sure day by day', () => {
  const clock = new ManualClock(START_MS);
  const { time } = communeClock(clock, machineOf(clock, 'boot-1'));
  sync(time, clock);
  const soon = time.report().uncertaintyMs ?? 0;
  clock.advance(7 * 86_400_000);
  const late = time.report();
  expect(late.status).toBe('holdover');
  expect(late.uncertaintyMs).toBeGreaterThan(soon);
  expect(time.nowMs()).toBeDefined();
  time.stop();
});

test('an agent that was killed knows the time again at once, also when the machine clock was set meanwhile', () => {
  const clock = new ManualClock(START_MS);
  const machine = machineOf(clock, 'boot-1');
  const { time } = communeClock(clock, machine);
  sync(time, clock);
  // No stop: a kill runs nothing. What was saved when the time became known is what is left.
  clock.advance(40_000);
  const expected = time.at(clock.monotonicMs());
  clock.step(500_000);
  const again = communeClock(clock, machine).time;
  expect(again.report().status).toBe('holdover');
  expect(Math.abs(again.at(clock.monotonicMs()) - expected)).toBeLessThan(again.report().uncertaintyMs ?? 0);
  time.stop();
  again.stop();
});

test('after a power cut the time is unknown, but it is not earlier than it ever was', () => {
  const clock = new ManualClock(START_MS);
  const { time } = communeClock(clock, machineOf(clock, 'boot-1'));
  sync(time, clock);
  const known = time.nowMs() ?? 0;
  time.stop();
  const rebooted = new ManualClock(0);
  const after = communeClock(rebooted, machineOf(rebooted, 'boot-2')).time;
  expect(after.report().status).toBe('unknown');
  expect(after.notBeforeMs()).toBeCloseTo(known, 0);
  expect(after.stampMs()).toBeGreaterThanOrEqual(known - 1);
  after.stop();
});

test('a system clock kept by NTP gives the time where no server answers, and yields to the server where both differ', async () => {
  const clock = new ManualClock(START_MS);
  const { time } = communeClock(clock, machineOf(clock, 'boot-1'), { uncertaintyMs: async () => 1 });
  await clock.advanceAsync(100);
  expect(time.report()).toMatchObject({ status: 'synced', offsetMs: 0 });
  sync(time, clock, 400);
  expect(time.report().offsetMs).toBeCloseTo(400, 0);
  time.stop();
});

test("chrony's own bound of its error is read, and an unsynchronised chrony is no source", () => {
  const line = 'A29FC87B,time.example,3,1795000000.123,0.000012,-0.00002,0.00003,-12.3,0.01,0.05,0.020,0.001,64.2,Normal';
  expect(parseChronyTracking(line)).toBeCloseTo(0.012 + 1 + 10, 6);
  expect(parseChronyTracking(line.replace('Normal', 'Not synchronised'))).toBeUndefined();
  expect(parseChronyTracking('506 Cannot talk to daemon')).toBeUndefined();
});
