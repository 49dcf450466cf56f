import { id } from '@tieng-lang/shared/contract/basics';
import { listOf } from '@tieng-lang/shared/contract/http/basics';
import {
  type BroadcastSummary,
  broadcastSummary,
  type PlayLogLine,
  playLogLine,
  receiptsQuery,
  summaryQuery,
} from '@tieng-lang/shared/contract/http/receipts';
import { CodedError } from '@tieng-lang/shared/errors';
import { toIso } from '@tieng-lang/shared/time/clock';
import * as z from 'zod';
import { type Route, route } from '../http/route.ts';
import type { BroadcastCount, PlayLogPosition, PlayLogRow, PlayLogStore } from './play-log-store.ts';

const TAG = 'Nhật ký phát';

export function recordsRoutes({ store }: { store: PlayLogStore }): Route[] {
  return [
    route({
      method: 'get',
      path: '/receipts',
      tag: TAG,
      summary: 'Nhật ký phát của từng cụm loa, kể cả những gì đáng lẽ phải phát mà không phát',
      access: 'signed-in',
      query: receiptsQuery,
      answers: { 200: { description: 'Các dòng nhật ký, mới nhất trước', schema: listOf(playLogLine) } },
      async handle({ query }) {
        const { limit, cursor, cluster, broadcast, outcome } = query;
        const after = cursor === undefined ? undefined : positionOf(cursor);
        const rows = await store.list({ ...instantsOf(query), cluster, broadcast, outcome }, { after, limit: limit + 1 });
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        return { status: 200, body: { items: items.map(lineOf), next: rows.length > limit && last ? cursorOf(last) : null } };
      },
    }),
    route({
      method: 'get',
      path: '/receipts/summary',
      tag: TAG,
      summary: 'Kết quả của từng buổi phát trên tất cả các cụm',
      access: 'signed-in',
      query: summaryQuery,
      answers: { 200: { description: 'Các buổi phát, mới nhất trước', schema: listOf(broadcastSummary) } },
      async handle({ query }) {
        const { fromMs, toMs } = instantsOf(query);
        return { status: 200, body: { items: summariesOf(await store.counts(fromMs, toMs)), next: null } };
      },
    }),
  ];
}

function instantsOf({ from, to }: { from: string; to: string }): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (toMs <= fromMs) throw new CodedError('invalid-input', { faults: [{ path: 'to', message: 'must be after "from"' }] });
  return { fromMs, toMs };
}

function lineOf(row: PlayLogRow): PlayLogLine {
  return {
    cluster: row.cluster,
    broadcastId: row.broadcast_id,
    ...(row.broadcast_title === null ? {} : { broadcastTitle: row.broadcast_title }),
    itemIndex: row.item_index,
    title: row.title,
    level: row.level,
    plannedAt: toIso(row.planned_at_ms),
    plannedMs: Math.round(row.planned_ms),
    ...(row.started_at_ms === null ? {} : { startedAt: toIso(row.started_at_ms) }),
    heardMs: Math.round(row.heard_ms),
    outcome: row.outcome,
    ...(row.reason === null ? {} : { reason: row.reason }),
    sha256: row.sha256,
    ...(row.skew_ms === null ? {} : { skewMs: row.skew_ms }),
    ...(row.rms_dbfs === null ? {} : { rmsDbfs: row.rms_dbfs }),
  };
}

/** The counts of one broadcast stand beside each other. */
function summariesOf(counts: readonly BroadcastCount[]): BroadcastSummary[] {
  const summaries = new Map<string, BroadcastSummary>();
  for (const { broadcastId, title, level, plannedAtMs, endsAtMs, clusters, kind, outcome, count } of counts) {
    const none = { items: 0, completed: 0, interrupted: 0, failed: 0, missed: 0, skipped: 0, expected: 0 };
    const fresh = { broadcastId, title, level, plannedAt: toIso(plannedAtMs), endAt: toIso(endsAtMs), clusters, ...none };
    const summary = summaries.get(broadcastId) ?? fresh;
    summaries.set(broadcastId, summary);
    summary.items += count;
    if (kind === 'expected' || outcome === null) summary.expected += count;
    else summary[outcome] += count;
  }
  return [...summaries.values()];
}

const position = z.tuple([z.number(), z.string(), id, z.number().int()]);

function cursorOf(row: PlayLogRow): string {
  return Buffer.from(JSON.stringify([row.planned_at_ms, row.cluster, row.broadcast_id, row.item_index])).toString('base64url');
}

function positionOf(cursor: string): PlayLogPosition {
  const parsed = position.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) throw new CodedError('invalid-input', { faults: [{ path: 'cursor', message: 'is not the `next` of a page' }] });
  const [plannedAtMs, cluster, broadcastId, itemIndex] = parsed.data;
  return { plannedAtMs, cluster, broadcastId, itemIndex };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
