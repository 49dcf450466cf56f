/**
 * `npm run bench`: what the figures of the README are measured with. The whole commune runs on this machine on simulated
 * sound cards with rate errors of their own; each capture is held against the recording by true time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approved, clock, makeMp3, receiptsOf, startCommune, uploaded } from '../system/harness.ts';
import { Capture, compare, decode } from './capture.ts';
import { measure } from './process-cost.ts';
import { summary } from './statistics.ts';

const SECONDS = 40;
const CLUSTERS = 15;
/** The recording is compared in windows of this length, so that drift inside it would show. */
const WINDOW_MS = 1000;
const EVERY_MS = 4000;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const scratch = mkdtempSync(join(tmpdir(), 'tieng-lang-bench-'));
print(`Starting ${CLUSTERS} clusters …`);
const tl = await startCommune({ clusters: CLUSTERS, sink: 'file' });
try {
  const media = await uploaded(tl, makeMp3(scratch, 'bench.mp3', SECONDS));
  const bulletin = await approved(tl, { title: 'Đo', mediaId: media.id });
  const costs = [
    ['server', tl.commune.pids.server],
    [`${CLUSTERS} agents`, tl.commune.pids.fleet],
  ] as const;
  const { broadcastId } = await tl.admin.post<{ broadcastId: string }>('/onair/play', { bulletinId: bulletin.id, targets: { all: true } });
  const measured = costs.map(([name, pid]) => [name, measure(pid ?? process.pid, clock)] as const);
  const receipts = await receiptsOf(tl, broadcastId, CLUSTERS);
  for (const [name, end] of measured) {
    const { pssMb, corePercent } = end();
    print(`${name}: ${pssMb.toFixed(0)} MB (PSS), ${corePercent.toFixed(1)} % of one core while playing`);
  }
  const response = await tl.admin.raw(`/api/v1/media/${media.id}/audio`);
  const sound = join(scratch, 'sound.opus');
  await writeFile(sound, Buffer.from(await response.arrayBuffer()));
  const recording = decode(sound);
  const plannedAtMs = Date.parse(receipts[0]?.plannedAt ?? '');
  const captures = receipts.map(({ cluster }) => Capture.read(join(tl.dataDir, 'capture'), cluster));
  const starts = captures.map((capture) => compare(capture, recording, plannedAtMs, { fromMs: 0, lengthMs: WINDOW_MS }));
  print(`\nStart against the planned instant, by true time, ${CLUSTERS} clusters`);
  print(
    `  error:    ${summary(
      starts.map(({ offsetMs }) => Math.abs(offsetMs)),
      'ms',
    )}`,
  );
  print(`  spread:   ${spread(starts.map(({ offsetMs }) => offsetMs)).toFixed(3)} ms between the first and the last cluster`);
  print(
    `  residual: ${summary(
      starts.map(({ residualDb }) => residualDb),
      'dB',
      1,
    )} (what is not the recording)`,
  );
  const skews: number[] = [];
  for (let fromMs = 0; fromMs + WINDOW_MS <= SECONDS * 1000 - EVERY_MS; fromMs += EVERY_MS) {
    const offsets = captures.map((capture) => compare(capture, recording, plannedAtMs, { fromMs, lengthMs: WINDOW_MS }).offsetMs);
    for (const [index, a] of offsets.entries()) for (const b of offsets.slice(index + 1)) skews.push(Math.abs(a - b));
  }
  print(`\nSkew between any two clusters, every ${EVERY_MS / 1000} s of ${SECONDS} s`);
  print(`  ${summary(skews, 'ms')}`);
  const slowest = Math.max(...receipts.map(({ startedAt }) => Math.abs(Date.parse(startedAt ?? '') - plannedAtMs)));
  print(
    `\nReceipts: ${receipts.filter(({ outcome }) => outcome === 'completed').length}/${CLUSTERS} completed; largest start error by the clusters' own word ${slowest} ms`,
  );
} finally {
  await tl.stop();
  rmSync(scratch, { recursive: true, force: true });
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
