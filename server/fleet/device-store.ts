import type { Kysely } from 'kysely';
import type { AdmittedDevice } from '../services.ts';

type DeviceTables = {
  devices: {
    id: string;
    cluster: string;
    serial: string;
    certificate: string;
    key_hash: string;
    enrolled_at_ms: number;
    revoked_at_ms: number | null;
    revoked_by: string | null;
  };
  enrolments: {
    id: string;
    cluster: string;
    secret_hash: string;
    created_at_ms: number;
    created_by: string;
    expires_at_ms: number;
    used_at_ms: number | null;
    device_id: string | null;
  };
};

export interface EnrolmentOnFile {
  id: string;
  cluster: string;
  expiresAtMs: number;
  usedAtMs: number | null;
  /** The device that used it, if it is still in use. */
  device: { id: string; certificate: string; keyHash: string } | undefined;
}

export interface DeviceToAdd {
  id: string;
  cluster: string;
  serial: string;
  certificate: string;
  keyHash: string;
}

export class DeviceStore {
  readonly #db: Kysely<DeviceTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<DeviceTables>();
  }

  /** All that may connect. */
  admitted(): Promise<AdmittedDevice[]> {
    return this.#db.selectFrom('devices').select(['id as deviceId', 'serial']).where('revoked_at_ms', 'is', null).orderBy('id').execute();
  }

  async isAdmitted({ deviceId, serial }: AdmittedDevice): Promise<boolean> {
    const row = await this.#db
      .selectFrom('devices')
      .select('id')
      .where('id', '=', deviceId)
      .where('serial', '=', serial)
      .where('revoked_at_ms', 'is', null)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** A new code voids the ones that were not used: of two notes with a code, the newer is right. */
  async addEnrolment(enrolment: {
    id: string;
    cluster: string;
    secretHash: string;
    createdBy: string;
    createdAtMs: number;
    expiresAtMs: number;
  }): Promise<void> {
    const { id, cluster, secretHash, createdBy, createdAtMs, expiresAtMs } = enrolment;
    await this.#db.transaction().execute(async (trx) => {
      await trx.deleteFrom('enrolments').where('cluster', '=', cluster).where('used_at_ms', 'is', null).execute();
      await trx
        .insertInto('enrolments')
        .values({
          id,
          cluster,
          secret_hash: secretHash,
          created_by: createdBy,
          created_at_ms: createdAtMs,
          expires_at_ms: expiresAtMs,
          used_at_ms: null,
          device_id: null,
        })
        .execute();
    });
  }

  async enrolment(secretHash: string): Promise<EnrolmentOnFile | undefined> {
    const row = await this.#db
      .selectFrom('enrolments')
      .leftJoin('devices', (join) => join.onRef('devices.id', '=', 'enrolments.device_id').on('devices.revoked_at_ms', 'is', null))
      .select(['enrolments.id', 'enrolments.cluster', 'expires_at_ms', 'used_at_ms', 'devices.id as device', 'certificate', 'key_hash'])
      .where('secret_hash', '=', secretHash)
      .executeTakeFirst();
    if (!row) return undefined;
    const { id, cluster, expires_at_ms: expiresAtMs, used_at_ms: usedAtMs, device, certificate, key_hash: keyHash } = row;
    const known = device !== null && certificate !== null && keyHash !== null;
    return { id, cluster, expiresAtMs, usedAtMs, device: known ? { id: device, certificate, keyHash } : undefined };
  }

  /** Uses the code up and puts the device in the place of the one before, all or nothing; false when somebody was quicker. */
  async enrol(enrolmentId: string, device: DeviceToAdd, atMs: number): Promise<boolean> {
    const { id, cluster, serial, certificate, keyHash } = device;
    return this.#db.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('enrolments')
        .set({ used_at_ms: atMs, device_id: id })
        .where('id', '=', enrolmentId)
        .where('used_at_ms', 'is', null)
        .where('expires_at_ms', '>', atMs)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await trx
        .updateTable('devices')
        .set({ revoked_at_ms: atMs, revoked_by: `replaced by ${id}` })
        .where('cluster', '=', cluster)
        .where('revoked_at_ms', 'is', null)
        .execute();
      await trx
        .insertInto('devices')
        .values({ id, cluster, serial, certificate, key_hash: keyHash, enrolled_at_ms: atMs, revoked_at_ms: null, revoked_by: null })
        .execute();
      return true;
    });
  }

  /** The device of a cluster that was revoked by this; undefined when there was none. */
  async revoke(cluster: string, by: string, atMs: number): Promise<string | undefined> {
    const rows = await this.#db
      .updateTable('devices')
      .set({ revoked_at_ms: atMs, revoked_by: by })
      .where('cluster', '=', cluster)
      .where('revoked_at_ms', 'is', null)
      .returning('id')
      .execute();
    return rows[0]?.id;
  }
}
