import type { Health } from '@tieng-lang/shared/contract/health';
import { health as healthSchema } from '@tieng-lang/shared/contract/health';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { SimulatedBox } from '../hardware/simulated-box.ts';
import { LooseUplink } from '../testing/loose-uplink.ts';
import { HealthReporter } from './health-reporter.ts';

function report(cluster = 'C01') {
  const clock = new ManualClock(1_795_000_000_000);
  const uplink = new LooseUplink();
  const box = new SimulatedBox({ cluster, speakers: ['C01-L1', 'C01-L2'], clock });
  const reporter = new HealthReporter({
    hardware: box,
    uplink,
    clock,
    log: pino({ level: 'silent' }),
    stampMs: () => clock.nowMs(),
    own: () => ({}),
  });
  reporter.start();
  return { clock, uplink, box, reporter, sent: () => uplink.bodies('health') as Health[] };
}

test('a speaker whose line breaks, a door, the mains: the server hears of each within ten seconds', async () => {
  const { clock, box, reporter, sent } = report();
  reporter.connected();
  await clock.advanceAsync(1);
  expect(sent()).toHaveLength(1);
  box.setSpeaker('C01-L2', 'open');
  await clock.advanceAsync(10_000);
  expect(sent().at(-1)?.speakers).toEqual([
    { code: 'C01-L1', state: 'ok' },
    { code: 'C01-L2', state: 'open' },
  ]);
  box.setDoor(true);
  await clock.advanceAsync(10_000);
  expect(sent().at(-1)?.measurements.doorOpen).toBe(true);
  box.setMains(false);
  await clock.advanceAsync(10_000);
  expect(sent().at(-1)?.measurements.mainsOn).toBe(false);
  expect(sent()).toHaveLength(4);
  await reporter.stop();
});

test('a quiet day costs the SIM a few hundred messages at most, and leaves no hole in the history', async () => {
  const { clock, reporter, sent } = report();
  reporter.connected();
  await clock.advanceAsync(24 * 3_600_000);
  const gaps = sent()
    .slice(1)
    .map((health, index) => health.atMs - (sent()[index]?.atMs ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(305_000);
  expect(sent().length).toBeLessThan(500);
  await reporter.stop();
});

test('nothing is measured for nobody: without a connection there is no message and none is queued', async () => {
  const { clock, uplink, reporter, sent } = report();
  uplink.connected = false;
  await clock.advanceAsync(600_000);
  uplink.connected = true;
  reporter.connected();
  await clock.advanceAsync(1);
  expect(sent()).toHaveLength(1);
  await reporter.stop();
  expect(clock.armed).toBe(0);
});

test('the simulated box speaks the contract, and the same cluster is the same box', async () => {
  const [one, same, other] = [report('C01'), report('C01'), report('C02')];
  const [a, b, c] = [await one.box.read(), await same.box.read(), await other.box.read()];
  expect(healthSchema.safeParse({ atMs: 1, ...a }).success).toBe(true);
  expect(b).toEqual(a);
  expect(c.measurements).not.toEqual(a.measurements);
  for (const { reporter } of [one, same, other]) await reporter.stop();
});

test('without the mains the battery empties, faster while the amplifier is on, and fills again afterwards', async () => {
  const { clock, box, reporter } = report();
  await reporter.stop();
  box.setMains(false);
  clock.advance(2 * 3_600_000);
  const idle = (await box.read()).measurements.batteryPercent ?? 0;
  box.amplifier.switch(true);
  clock.advance(2 * 3_600_000);
  const loaded = await box.read();
  expect(100 - idle).toBeLessThan(idle - (loaded.measurements.batteryPercent ?? 0));
  clock.advance(2 * 3_600_000);
  expect((await box.read()).measurements.underVoltage).toBe(true);
  box.setMains(true);
  clock.advance(10 * 3_600_000);
  expect((await box.read()).measurements).toMatchObject({ batteryPercent: 100, mainsOn: true, underVoltage: false });
  await box.stop();
  expect(box.amplifierOn).toBe(false);
});
