/** For tests: a commune whose content and clusters are in memory, behind the same services as the real ones. */
import { createHash } from 'node:crypto';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { OnlineState } from '@tieng-lang/shared/contract/state';
import { CodedError } from '@tieng-lang/shared/errors';
import type { BulletinOnFile, ClusterOnFile, ContentService, FleetService, RecordsService, Sound } from '../services.ts';

export interface TrialCommune {
  content: ContentService;
  fleet: FleetService;
  records: RecordsService;
  bulletins: Map<string, BulletinOnFile>;
  clusters: ClusterOnFile[];
  online: Map<string, OnlineState>;
  /** What the records were told to expect last, by cluster. */
  expected: Map<string, readonly PlanOccurrence[]>;
  /** Puts an approved bulletin on file, unless told otherwise. */
  bulletin(id: string, change?: Partial<Omit<BulletinOnFile, 'sound'>> & { durationMs?: number; sound?: null }): BulletinOnFile;
  /** Says "online" for a cluster, as its device would. */
  connect(cluster: string, change?: Partial<OnlineState>): void;
}

export const TRIAL_STATION = 'huong-dao';

export function soundOf(title: string, durationMs: number): Sound {
  return { title, sha256: createHash('sha256').update(title).digest('hex'), bytes: Math.ceil(durationMs * 4), durationMs };
}

export function trialCommune(codes: readonly string[] = ['HD-01', 'HD-02', 'HD-03']): TrialCommune {
  const bulletins = new Map<string, BulletinOnFile>();
  const tunes = [{ id: 'tune-opening', ...soundOf('Nhạc hiệu', 6000) }];
  const clusters = codes.map((code, index): ClusterOnFile => {
    const deviceId = `${TRIAL_STATION}.${code}.abcdef0${index}`;
    return { code, place: code, villageId: `thon-${index + 1}`, volume: 80, delayMs: 0, deviceId };
  });
  const online = new Map<string, OnlineState>();
  const expected = new Map<string, readonly PlanOccurrence[]>();

  const content: ContentService = {
    bulletin: async (id) => bulletins.get(id),
    bulletins: async (ids) => new Map(ids.flatMap((id) => (bulletins.has(id) ? [[id, bulletins.get(id) as BulletinOnFile]] : []))),
    tune: async (id) => tunes.find((tune) => tune.id === id),
    tunes: async () => tunes,
    soundFile: async () => undefined,
  };
  const fleet: FleetService = {
    station: TRIAL_STATION,
    clusters: async () => clusters.map((cluster) => ({ ...cluster })),
    async resolve(targets) {
      if ('all' in targets) return clusters.map(({ code }) => code);
      const villages = targets.villages ?? [];
      const wanted = new Set(targets.clusters ?? []);
      for (const code of wanted) {
        if (!clusters.some((cluster) => cluster.code === code)) throw new CodedError('unknown-target', { params: { target: code } });
      }
      const found = clusters.filter(({ code, villageId }) => wanted.has(code) || (villageId !== null && villages.includes(villageId)));
      if (found.length === 0) throw new CodedError('no-targets');
      return found.map(({ code }) => code);
    },
    online: (cluster) => online.get(cluster),
  };
  const records: RecordsService = {
    expectPlan: async (cluster, _fromMs, occurrences) => void expected.set(cluster, occurrences),
    expectBroadcast: async (names, occurrence) => {
      for (const name of names) expected.set(name, [...(expected.get(name) ?? []), occurrence]);
    },
  };
  return {
    content,
    fleet,
    records,
    bulletins,
    clusters,
    online,
    expected,
    bulletin(id, { durationMs = 60_000, sound, ...change } = {}) {
      const title = change.title ?? `Bản tin ${id}`;
      const made: BulletinOnFile = {
        id,
        title,
        level: 'normal',
        state: 'approved',
        ...change,
        sound: sound === null ? null : soundOf(title, durationMs),
      };
      bulletins.set(id, made);
      return made;
    },
    connect(cluster, change = {}) {
      online.set(cluster, {
        state: 'online',
        nonce: 'n',
        atMs: 0,
        deviceId: clusters.find(({ code }) => code === cluster)?.deviceId ?? '',
        agentVersion: '0',
        planVersion: 0,
        overrideVersion: 0,
        media: { verified: 0, total: 0 },
        clock: { status: 'synced', offsetMs: 0, uncertaintyMs: 1 },
        playing: null,
        ...change,
      });
    },
  };
}
