import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Schedule } from '@tieng-lang/shared/contract/http/schedule';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Capture, compare, decode } from '../bench/capture.ts';
import { approved, clock, clustersOf, localTime, makeMp3, receiptsOf, startCommune, type TestCommune, until, uploaded } from './harness.ts';

let tl: TestCommune;
const scratch = mkdtempSync(join(tmpdir(), 'tieng-lang-files-'));

beforeAll(async () => {
  tl = await startCommune({ clusters: 15, sink: 'file' });
});
afterAll(() => tl?.stop());

test('fifteen clusters enrol by one-time codes, hold the plan and have verified every file of it', async () => {
  await until('every cluster in step with its plan', async () => {
    const clusters = await clustersOf(tl);
    return (
      clusters.length === 15 &&
      clusters.every(
        ({ presence, plan, media, clock: time }) =>
          presence.state === 'online' &&
          plan.desired > 0 &&
          plan.applied === plan.desired &&
          media.total > 0 &&
          media.verified === media.total &&
          time.status === 'synced',
      )
    );
  });
});

test('what one person uploads and another approves sounds on all fifteen clusters, and the log proves it', async () => {
  const media = await uploaded(tl, makeMp3(scratch, 'thong-bao.mp3', 6));
  const bulletin = await approved(tl, { title: 'Thông báo thử', mediaId: media.id });
  const { broadcastId } = await tl.admin.post<{ broadcastId: string }>('/onair/play', { bulletinId: bulletin.id, targets: { all: true } });
  const receipts = await receiptsOf(tl, broadcastId, 15);
  expect(new Set(receipts.map(({ cluster }) => cluster)).size).toBe(15);
  for (const receipt of receipts) {
    expect(receipt).toMatchObject({ outcome: 'completed', title: 'Thông báo thử', sha256: media.sha256 });
    expect(receipt.startedAt).toBeDefined();
    expect(Math.abs(receipt.heardMs - (media.durationMs ?? 0))).toBeLessThan(50);
    expect(receipt.rmsDbfs).toBeGreaterThan(-40);
  }
  const recording = decode(await soundOf(tl, media.id));
  const plannedAtMs = Date.parse(receipts[0]?.plannedAt ?? '');
  for (const { cluster } of receipts) {
    const capture = Capture.read(join(tl.dataDir, 'capture'), cluster);
    for (const fromMs of [0, 1000, 3000, 5000]) {
      const { offsetMs, residualDb } = compare(capture, recording, plannedAtMs, { fromMs, lengthMs: 250 });
      expect(Math.abs(offsetMs)).toBeLessThan(5);
      expect(residualDb).toBeLessThan(-25);
    }
  }
});

test('a scheduled notice starts at its local time on every cluster, and nobody has to be there', async () => {
  const media = await uploaded(tl, makeMp3(scratch, 'theo-lich.mp3', 4));
  const bulletin = await approved(tl, { title: 'Theo lịch', mediaId: media.id });
  const startAtMs = Math.ceil((clock.nowMs() + 8000) / 1000) * 1000;
  const schedule = await tl.author.post<Schedule>('/schedules', {
    bulletinId: bulletin.id,
    targets: { clusters: ['HD-02', 'HD-03'] },
    start: localTime(startAtMs),
    decision: { action: 'keep-both' },
  });
  const broadcast = await until('the occurrence', async () => {
    const { items } = await tl.admin.get<{ items: { broadcastId: string; scheduleId: string }[] }>(
      `/occurrences?from=${new Date(startAtMs - 1000).toISOString()}&to=${new Date(startAtMs + 60_000).toISOString()}`,
    );
    return items.find(({ scheduleId }) => scheduleId === schedule.id);
  });
  const receipts = await receiptsOf(tl, broadcast.broadcastId, 2);
  expect(receipts.map(({ cluster }) => cluster).sort()).toEqual(['HD-02', 'HD-03']);
  for (const receipt of receipts) {
    expect(receipt.outcome).toBe('completed');
    expect(Date.parse(receipt.plannedAt)).toBe(startAtMs);
    expect(Math.abs(Date.parse(receipt.startedAt ?? '') - startAtMs)).toBeLessThanOrEqual(5);
  }
});

test('stop silences the commune at once, and the log says that people stopped it', async () => {
  const media = await uploaded(tl, makeMp3(scratch, 'dai.mp3', 60));
  const bulletin = await approved(tl, { title: 'Bản tin dài', mediaId: media.id });
  const { broadcastId } = await tl.admin.post<{ broadcastId: string }>('/onair/play', { bulletinId: bulletin.id, targets: { all: true } });
  await until('all sound', async () => {
    const { clusters } = await tl.admin.get<{ clusters: { state: string; broadcastId?: string }[] }>('/onair');
    return clusters.filter((cluster) => cluster.state === 'playing' && cluster.broadcastId === broadcastId).length === 15;
  });
  await tl.admin.post('/onair/stop', { targets: { all: true } });
  const receipts = await receiptsOf(tl, broadcastId, 15);
  for (const receipt of receipts) {
    expect(receipt).toMatchObject({ outcome: 'interrupted', reason: 'stopped' });
    expect(receipt.heardMs).toBeLessThan(55_000);
  }
  await until('the live view shows silence', async () => {
    const { clusters } = await tl.admin.get<{ clusters: { state: string }[] }>('/onair');
    return clusters.every(({ state }) => state === 'silent');
  });
});

test('a typed text is spoken in Vietnamese, and its author cannot approve it', async () => {
  const { spoken } = await tl.author.post<{ spoken: string }>('/text/preview', { text: 'UBND xã họp lúc 7h30 ngày 30/4.' });
  expect(spoken.toLowerCase()).toContain('ủy ban nhân dân');
  const { id } = await tl.author.post<{ id: string }>('/bulletins', {
    title: 'Họp',
    level: 'normal',
    text: 'UBND xã họp lúc 7h30 ngày 30/4.',
  });
  await until('speech', async () => (await tl.author.get<{ media: { state: string } }>(`/bulletins/${id}`)).media.state === 'ready');
  await tl.author.post(`/bulletins/${id}/submit`);
  // The editor's role may not approve at all; an administrator who wrote it may not either.
  await expect(tl.author.post(`/bulletins/${id}/approve`)).rejects.toMatchObject({ status: 403 });
  const own = await tl.admin.post<{ id: string }>('/bulletins', { title: 'Của tôi', level: 'normal', text: 'Xin chào bà con.' });
  await until('speech', async () => (await tl.author.get<{ media: { state: string } }>(`/bulletins/${own.id}`)).media.state === 'ready');
  await tl.admin.post(`/bulletins/${own.id}/submit`);
  await expect(tl.admin.post(`/bulletins/${own.id}/approve`)).rejects.toMatchObject({
    status: 403,
    problem: { code: 'author-cannot-approve' },
  });
});

test('whoever listens at a cluster hears what it plays', async () => {
  const media = await uploaded(tl, makeMp3(scratch, 'nghe.mp3', 12));
  const bulletin = await approved(tl, { title: 'Nghe tại cụm', mediaId: media.id });
  await tl.admin.post('/onair/play', { bulletinId: bulletin.id, targets: { clusters: ['HD-05'] } });
  const abort = new AbortController();
  const response = await tl.admin.raw('/api/v1/clusters/HD-05/monitor', { signal: abort.signal });
  expect(response.headers.get('content-type')).toContain('audio/ogg');
  const chunks: Uint8Array[] = [];
  const endMs = clock.monotonicMs() + 8000;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    if (clock.monotonicMs() > endMs) break;
  }
  abort.abort();
  const file = join(scratch, 'monitor.ogg');
  await writeFile(file, Buffer.concat(chunks));
  const heard = decode(file);
  const rms = Math.sqrt(heard.reduce((sum, sample) => sum + sample * sample, 0) / heard.length);
  expect(heard.length).toBeGreaterThan(2 * 48_000);
  expect(20 * Math.log10(rms)).toBeGreaterThan(-45);
});

async function soundOf(commune: TestCommune, mediaId: string): Promise<string> {
  const response = await commune.admin.raw(`/api/v1/media/${mediaId}/audio`);
  const file = join(scratch, `${mediaId}.opus`);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
}
