import type { Level } from '@tieng-lang/shared/contract/basics';
import type { PlayLogLine } from '@tieng-lang/shared/contract/http/receipts';
import type { Occurrence } from '@tieng-lang/shared/contract/http/schedule';
import type { Outcome, OutcomeReason } from '@tieng-lang/shared/contract/journal';
import { groupBy } from '../format/group.ts';

/** From good to bad: what a broadcast came to on a cluster is the worst of its items. */
const GRAVITY: Readonly<Record<Outcome, number>> = { completed: 0, skipped: 1, interrupted: 2, missed: 3, failed: 4 };

export interface ClusterResult {
  cluster: string;
  outcome: Outcome;
  heardMs: number;
  lines: PlayLogLine[];
}

export interface BroadcastResult {
  broadcastId: string;
  title: string;
  level: Level;
  plannedAtMs: number;
  plannedMs: number;
  clusters: ClusterResult[];
  completed: number;
  /** Why the others did not complete it: the reason of the most lines. */
  reason: OutcomeReason | undefined;
}

/** The lines of the play log, a broadcast each, newest first; clusters by their codes, items in their order. */
export function broadcastResults(lines: readonly PlayLogLine[]): BroadcastResult[] {
  const byBroadcast = groupBy(lines, (line) => line.broadcastId);
  return [...byBroadcast.entries()]
    .map(([broadcastId, own]): BroadcastResult => {
      const clusters = [...groupBy(own, (line) => line.cluster).entries()].map(([cluster, items]) => clusterResult(cluster, items));
      clusters.sort((a, b) => a.cluster.localeCompare(b.cluster, 'vi', { numeric: true }));
      const ordered = own.toSorted((a, b) => a.itemIndex - b.itemIndex);
      const distinct = [...new Map(ordered.map((line) => [line.itemIndex, line])).values()];
      return {
        broadcastId,
        title: titleOf(distinct),
        level: ordered.find((line) => line.level !== 'normal')?.level ?? 'normal',
        plannedAtMs: Math.min(...own.map((line) => Date.parse(line.plannedAt))),
        plannedMs: distinct.reduce((sum, line) => sum + line.plannedMs, 0),
        clusters,
        completed: clusters.filter((result) => result.outcome === 'completed').length,
        reason: commonestReason(own),
      };
    })
    .sort((a, b) => b.plannedAtMs - a.plannedAtMs);
}

function clusterResult(cluster: string, items: PlayLogLine[]): ClusterResult {
  const lines = items.toSorted((a, b) => a.itemIndex - b.itemIndex);
  const worst = lines.reduce<Outcome>((found, line) => (GRAVITY[line.outcome] > GRAVITY[found] ? line.outcome : found), 'completed');
  return { cluster, outcome: worst, heardMs: lines.reduce((sum, line) => sum + line.heardMs, 0), lines };
}

function commonestReason(lines: readonly PlayLogLine[]): OutcomeReason | undefined {
  const reasons = lines.flatMap((line) => (line.outcome === 'completed' || line.reason === undefined ? [] : [line.reason]));
  const counted = [...groupBy(reasons, (reason) => reason).values()].sort((a, b) => b.length - a.length);
  return counted[0]?.[0];
}

/** The broadcast's own name; where the log has none, the longest item says best what it was (the first is a tune). */
function titleOf(items: readonly PlayLogLine[]): string {
  const named = items.find((line) => line.broadcastTitle !== undefined)?.broadcastTitle;
  if (named !== undefined) return named;
  const longest = items.toSorted((a, b) => b.plannedMs - a.plannedMs)[0];
  return items.length > 1 ? `${longest?.title ?? ''} (+${items.length - 1})` : (longest?.title ?? '');
}

export interface DayBroadcast {
  broadcastId: string;
  title: string;
  level: Level;
  startAtMs: number;
  endAtMs: number;
  clusters: number;
  phase: 'ahead' | 'now' | 'over';
  reason: string | null;
  result: BroadcastResult | undefined;
}

/** A day as the person sees it: what was due, what was played on the spot, and what became of each, by time. */
export function dayBroadcasts(options: {
  occurrences: readonly Occurrence[];
  lines: readonly PlayLogLine[];
  /** What sounds now, by the clusters' own word: titles by broadcast. */
  live: ReadonlyMap<string, string>;
  nowMs: number;
}): DayBroadcast[] {
  const { occurrences, lines, live, nowMs } = options;
  const results = new Map(broadcastResults(lines).map((result) => [result.broadcastId, result]));
  // Stopped by hand it is over before its time: nothing sounds, and every cluster has told what became of it.
  const ended = (id: string, clusters: number) => !live.has(id) && (results.get(id)?.clusters.length ?? 0) >= clusters;
  const due = occurrences.map((occurrence): DayBroadcast => {
    const startAtMs = Date.parse(occurrence.startAt);
    const endAtMs = Date.parse(occurrence.endAt);
    const result = results.get(occurrence.broadcastId);
    return {
      broadcastId: occurrence.broadcastId,
      title: occurrence.title,
      level: occurrence.level,
      startAtMs,
      endAtMs,
      clusters: occurrence.clusters.length,
      phase: nowMs < startAtMs ? 'ahead' : nowMs < endAtMs && !ended(occurrence.broadcastId, occurrence.clusters.length) ? 'now' : 'over',
      reason: occurrence.reason,
      result,
    };
  });
  const known = new Set(due.map((item) => item.broadcastId));
  const onTheSpot = [...results.values()]
    .filter((result) => !known.has(result.broadcastId))
    .map((result): DayBroadcast => {
      return {
        broadcastId: result.broadcastId,
        title: result.title,
        level: result.level,
        startAtMs: result.plannedAtMs,
        endAtMs: result.plannedAtMs + result.plannedMs,
        clusters: result.clusters.length,
        phase: live.has(result.broadcastId) ? 'now' : 'over',
        reason: null,
        result,
      };
    });
  return [...due, ...onTheSpot].sort((a, b) => a.startAtMs - b.startAtMs);
}
