import { CodedError } from '@tieng-lang/shared/errors';
import type { Kysely } from 'kysely';
import type { ClusterOnFile } from '../services.ts';
import { codeOfName, type StationFile, stationFile } from './station-file.ts';

type ClusterTables = {
  stations: { code: string; name: string; commune: string; time_zone: string; illustrative: number };
  villages: { id: string; station: string; name: string; position: number };
  clusters: {
    code: string;
    station: string;
    place: string;
    village_id: string | null;
    lat: number;
    lon: number;
    volume: number;
    delay_ms: number;
  };
  speakers: { code: string; cluster: string; watts: number };
  devices: { id: string; cluster: string; revoked_at_ms: number | null };
};

export interface StationOnFile {
  code: string;
  name: string;
  commune: string;
  timeZone: string;
  illustrative: boolean;
}

export interface VillageOnFile {
  id: string;
  name: string;
}

/** A cluster with all that does not move. */
export interface ClusterDetail extends ClusterOnFile {
  villageName: string | null;
  lat: number;
  lon: number;
  speakers: { code: string; watts: number }[];
}

/** Loud enough to be heard over a village, with room above for an emergency. */
const FIRST_VOLUME = 80;

export class ClusterStore {
  readonly #db: Kysely<ClusterTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<ClusterTables>();
  }

  /**
   * Adds what is not there yet. What people have set since (volumes, names) stays.
   * @throws ZodError for a file that describes no station
   */
  async seed(input: StationFile): Promise<void> {
    const { station, villages, clusters, note } = stationFile.parse(input);
    const code = station.code ?? codeOfName(station.commune);
    await this.#db.transaction().execute(async (trx) => {
      const { name, commune, timeZone } = station;
      await trx
        .insertInto('stations')
        .values({ code, name, commune, time_zone: timeZone, illustrative: note === undefined ? 0 : 1 })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      for (const [position, village] of villages.entries()) {
        await trx
          .insertInto('villages')
          .values({ id: codeOfName(village), station: code, name: village, position })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      for (const { speakers, village, ...cluster } of clusters) {
        const fresh = { volume: FIRST_VOLUME, delay_ms: 0, village_id: village === null ? null : codeOfName(village) };
        const { code: clusterCode, place, lat, lon } = cluster;
        await trx
          .insertInto('clusters')
          .values({ code: clusterCode, station: code, place, lat, lon, ...fresh })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        for (const speaker of speakers) {
          await trx
            .insertInto('speakers')
            .values({ ...speaker, cluster: clusterCode })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      }
    });
  }

  /** Undefined while nothing was seeded. One database holds one station; a province is a later version. */
  async station(): Promise<StationOnFile | undefined> {
    const row = await this.#db.selectFrom('stations').selectAll().orderBy('code').executeTakeFirst();
    if (!row) return undefined;
    const { time_zone: timeZone, illustrative, ...rest } = row;
    return { ...rest, timeZone, illustrative: illustrative !== 0 };
  }

  villages(): Promise<VillageOnFile[]> {
    return this.#db.selectFrom('villages').select(['id', 'name']).orderBy('position').execute();
  }

  async clusters(): Promise<ClusterOnFile[]> {
    const rows = await this.#selectClusters().execute();
    return rows.map(clusterOf);
  }

  /** By code, after `after`. */
  async details(page: { after?: string | undefined; limit: number }): Promise<ClusterDetail[]> {
    const rows = await this.#selectClusters()
      .$if(page.after !== undefined, (query) => query.where('clusters.code', '>', page.after ?? ''))
      .limit(page.limit)
      .execute();
    return this.#withSpeakers(rows);
  }

  async detail(code: string): Promise<ClusterDetail | undefined> {
    const rows = await this.#selectClusters().where('clusters.code', '=', code).execute();
    const [found] = await this.#withSpeakers(rows);
    return found;
  }

  /** @throws CodedError `not-found` */
  async change(code: string, change: { volume?: number | undefined; delayMs?: number | undefined }): Promise<void> {
    const set = {
      ...(change.volume === undefined ? {} : { volume: change.volume }),
      ...(change.delayMs === undefined ? {} : { delay_ms: change.delayMs }),
    };
    const { numUpdatedRows } = await this.#db
      .updateTable('clusters')
      .set({ code, ...set })
      .where('code', '=', code)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw new CodedError('not-found');
  }

  #selectClusters() {
    return this.#db
      .selectFrom('clusters')
      .leftJoin('villages', 'villages.id', 'clusters.village_id')
      .leftJoin('devices', (join) => join.onRef('devices.cluster', '=', 'clusters.code').on('devices.revoked_at_ms', 'is', null))
      .select([
        'clusters.code',
        'clusters.place',
        'clusters.village_id',
        'clusters.lat',
        'clusters.lon',
        'clusters.volume',
        'clusters.delay_ms',
        'villages.name as village_name',
        'devices.id as device_id',
      ])
      .orderBy('clusters.code');
  }

  async #withSpeakers(rows: readonly (ClusterRow & { lat: number; lon: number; village_name: string | null })[]): Promise<ClusterDetail[]> {
    if (rows.length === 0) return [];
    const codes = rows.map(({ code }) => code);
    const speakers = await this.#db.selectFrom('speakers').selectAll().where('cluster', 'in', codes).orderBy('code').execute();
    return rows.map((row) => ({
      ...clusterOf(row),
      villageName: row.village_name,
      lat: row.lat,
      lon: row.lon,
      speakers: speakers.filter(({ cluster }) => cluster === row.code).map(({ code, watts }) => ({ code, watts })),
    }));
  }
}

interface ClusterRow {
  code: string;
  place: string;
  village_id: string | null;
  volume: number;
  delay_ms: number;
  device_id: string | null;
}

function clusterOf(row: ClusterRow): ClusterOnFile {
  const { code, place, village_id: villageId, volume, delay_ms: delayMs, device_id: deviceId } = row;
  return { code, place, villageId, volume, delayMs, deviceId };
}
