import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Schedule } from '@tieng-lang/shared/contract/http/schedule';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from '../demo/child.ts';
import { fleetMessage } from '../demo/messages.ts';
import { approved, clock, clustersOf, localTime, makeMp3, receiptsOf, startCommune, type TestCommune, until, uploaded } from './harness.ts';
import { Road } from './proxy.ts';

const FLEET_ENTRY = resolve(fileURLToPath(new URL('.', import.meta.url)), '../dist/demo/fleet.js');
const NEAR = ['HD-01', 'HD-02'];
const FAR = ['HD-03', 'HD-04', 'HD-05'];
const scratch = mkdtempSync(join(tmpdir(), 'tieng-lang-files-'));

let tl: TestCommune;
let far: Child;
let roads: { mqtt: Road; device: Road };

beforeAll(async () => {
  tl = await startCommune({ clusters: NEAR.length });
  roads = { mqtt: new Road(Number(tl.env.TL_MQTT_PORT)), device: new Road(Number(tl.env.TL_DEVICE_PORT)) };
  const [mqtt, device] = [await roads.mqtt.open(), await roads.device.open()];
  far = new Child({
    name: 'far',
    entry: FLEET_ENTRY,
    args: ['--server', `https://127.0.0.1:${device}`, '--broker', `mqtts://127.0.0.1:${mqtt}`, '--clusters', FAR.join(',')],
    env: { ...tl.env, TL_DATA_DIR: join(tl.dataDir, 'far') },
    logFile: join(tl.dataDir, 'logs/far.log'),
    clock,
    onMessage: (message, reply) => {
      const asked = fleetMessage.parse(message);
      if (asked.type !== 'code-wanted') return;
      tl.admin.post<{ code: string }>('/enrolments', { cluster: asked.cluster }).then(
        ({ code }) => reply({ type: 'code', cluster: asked.cluster, code }),
        (error: unknown) => tl.said.push(String(error)),
      );
    },
    onExit: () => ({ again: true }),
  });
  far.start();
  await until('five clusters on line', async () => (await online()).length === 5);
});
afterAll(async () => {
  await far?.stop();
  await roads?.mqtt.close();
  await roads?.device.close();
  await tl?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function online(): Promise<string[]> {
  return (await clustersOf(tl)).filter(({ presence }) => presence.state === 'online').map(({ code }) => code);
}

async function prepared(title: string, seconds: number): Promise<{ bulletinId: string; sha256: string; durationMs: number }> {
  const media = await uploaded(tl, makeMp3(scratch, `${title}.mp3`, seconds));
  const bulletin = await approved(tl, { title, mediaId: media.id });
  return { bulletinId: bulletin.id, sha256: media.sha256 ?? '', durationMs: media.durationMs ?? 0 };
}

test('three clusters without a network play on time, and their receipts arrive once when it is back', async () => {
  const { bulletinId, durationMs } = await prepared('mat-mang', 5);
  const startAtMs = Math.ceil((clock.nowMs() + 15_000) / 1000) * 1000;
  const schedule = await tl.author.post<Schedule>('/schedules', {
    bulletinId,
    targets: { clusters: [...NEAR, ...FAR] },
    start: localTime(startAtMs),
    decision: { action: 'keep-both' },
  });
  const { broadcastId } = await until('the occurrence', async () => {
    const { items } = await tl.admin.get<{ items: { broadcastId: string; scheduleId: string }[] }>(
      `/occurrences?from=${new Date(startAtMs - 1000).toISOString()}&to=${new Date(startAtMs + 60_000).toISOString()}`,
    );
    return items.find(({ scheduleId }) => scheduleId === schedule.id);
  });
  await until('all hold it and know the time', async () => {
    const clusters = (await clustersOf(tl)).filter(({ code }) => [...NEAR, ...FAR].includes(code));
    return clusters.every(
      ({ plan, media, clock: time }) => plan.applied === plan.desired && media.verified === media.total && time.status === 'synced',
    );
  });
  expect(clock.nowMs()).toBeLessThan(startAtMs);
  roads.mqtt.cut();
  roads.device.cut();
  const near = await receiptsOf(tl, broadcastId, NEAR.length);
  expect(
    near
      .filter(({ outcome }) => outcome === 'completed')
      .map(({ cluster }) => cluster)
      .sort(),
  ).toEqual(NEAR);
  await until('the far ones are known to be away', async () => (await online()).length === NEAR.length);
  roads.mqtt.mend();
  roads.device.mend();
  const all = await until('five completed receipts', async () => {
    const found = await receiptsOf(tl, broadcastId, 5);
    return found.every(({ outcome }) => outcome === 'completed') && found;
  });
  expect(all.map(({ cluster }) => cluster).sort()).toEqual([...NEAR, ...FAR]);
  for (const receipt of all) {
    expect(Math.abs(Date.parse(receipt.startedAt ?? '') - startAtMs)).toBeLessThanOrEqual(5);
    expect(Math.abs(receipt.heardMs - durationMs)).toBeLessThan(50);
  }
});

test('the server is killed in the middle of a broadcast: every cluster plays to its end, and every receipt is there once', async () => {
  const { bulletinId, durationMs } = await prepared('may-chu-chet', 12);
  const { broadcastId } = await tl.admin.post<{ broadcastId: string }>('/onair/play', { bulletinId, targets: { all: true } });
  await until('all sound', async () => {
    const { clusters } = await tl.admin.get<{ clusters: { state: string; broadcastId?: string }[] }>('/onair');
    return clusters.filter((cluster) => cluster.state === 'playing' && cluster.broadcastId === broadcastId).length === 5;
  });
  const pid = tl.commune.pids.server;
  expect(pid).toBeDefined();
  process.kill(pid ?? 0, 'SIGKILL');
  const receipts = await receiptsOf(tl, broadcastId, 5);
  expect(receipts).toHaveLength(5);
  for (const receipt of receipts) {
    expect(receipt.outcome).toBe('completed');
    expect(Math.abs(receipt.heardMs - durationMs)).toBeLessThan(50);
  }
  expect(tl.commune.pids.server).not.toBe(pid);
  await until('all are back', async () => (await online()).length === 5);
});

test('the agents are killed in the middle of a broadcast: they come back in the middle, and one receipt tells of both parts', async () => {
  const { bulletinId, durationMs } = await prepared('cum-chet', 25);
  const { broadcastId } = await tl.admin.post<{ broadcastId: string }>('/onair/play', { bulletinId, targets: { clusters: FAR } });
  const sounding = async () => {
    const { clusters } = await tl.admin.get<{ clusters: { state: string; broadcastId?: string; positionMs?: number }[] }>('/onair');
    return (
      clusters.filter((cluster) => cluster.state === 'playing' && cluster.broadcastId === broadcastId && (cluster.positionMs ?? 0) > 4000)
        .length === FAR.length
    );
  };
  await until('they sound', sounding);
  process.kill(far.pid ?? 0, 'SIGKILL');
  const receipts = await receiptsOf(tl, broadcastId, FAR.length);
  expect(receipts).toHaveLength(FAR.length);
  for (const receipt of receipts) {
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'power-lost' });
    // Both parts count: more than what was left after the restart alone could have been.
    expect(receipt.heardMs).toBeGreaterThan(10_000);
    expect(receipt.heardMs).toBeLessThan(durationMs);
  }
});
