import type { Health } from '@tieng-lang/shared/contract/health';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import { toIso } from '@tieng-lang/shared/time/clock';
import type { ClusterDetail } from './cluster-store.ts';
import type { PresenceRecord } from './presence.ts';

export interface ClusterFacts {
  detail: ClusterDetail;
  presence: PresenceRecord;
  health: Health | undefined;
  desiredPlanVersion: number;
  playing: OnairCluster;
  openAlerts: number;
}

/** A cluster as the console and the province see it. */
export function viewOfCluster({ detail, presence, health, desiredPlanVersion, playing, openAlerts }: ClusterFacts): Cluster {
  const { last, online, lastSeenAtMs } = presence;
  const measured = new Map(health?.speakers.map(({ code, state }) => [code, state]));
  return {
    code: detail.code,
    place: detail.place,
    village: detail.villageId === null ? null : { id: detail.villageId, name: detail.villageName ?? detail.villageId },
    lat: detail.lat,
    lon: detail.lon,
    volume: detail.volume,
    delayMs: detail.delayMs,
    presence: {
      state: online ? 'online' : last === undefined && lastSeenAtMs === null ? 'never' : 'offline',
      lastSeenAt: lastSeenAtMs === null ? null : toIso(lastSeenAtMs),
    },
    clock: last?.clock ?? { status: 'unknown', offsetMs: null, uncertaintyMs: null },
    plan: { desired: desiredPlanVersion, applied: last?.planVersion ?? 0 },
    media: last?.media ?? { verified: 0, total: 0 },
    playing,
    speakers: detail.speakers.map(({ code, watts }) => ({ code, watts, state: measured.get(code) ?? 'unknown' })),
    health: health ? { ...health.measurements, at: toIso(health.atMs) } : {},
    alerts: openAlerts,
    deviceId: detail.deviceId,
    agentVersion: last?.agentVersion ?? null,
  };
}
