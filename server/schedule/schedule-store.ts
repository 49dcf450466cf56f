import { randomBytes } from 'node:crypto';
import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import type { Schedule } from '@tieng-lang/shared/contract/http/schedule';
import type { Kysely, Selectable } from 'kysely';

interface ScheduleTable {
  id: string;
  programme_id: string | null;
  bulletin_id: string | null;
  targets: string;
  start: string;
  time_zone: string;
  rrule: string | null;
  except_dates: string;
  valid_until: string | null;
  level: string | null;
  volume: number | null;
  decision: string | null;
  created_at_ms: number;
  created_by: string;
  created_by_name: string;
}

export interface StoredSchedule {
  id: string;
  programmeId: string | null;
  bulletinId: string | null;
  targets: Targets;
  start: string;
  timeZone: string;
  rrule: string | null;
  exceptDates: string[];
  validUntil: string | null;
  /** Null: the level of what is played. */
  level: Level | null;
  volume: number | null;
  decision: Schedule['decision'];
  createdAtMs: number;
  createdBy: string;
  createdByName: string;
}

/** Ids that sort by when they were made: lists page by them, and of two schedules alike the older one sounds. */
export function sortableId(prefix: string, atMs: number): string {
  return `${prefix}-${Math.floor(atMs).toString(36).padStart(9, '0')}${randomBytes(5).toString('hex')}`;
}

export class ScheduleStore {
  readonly #db: Kysely<{ schedules: ScheduleTable }>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<{ schedules: ScheduleTable }>();
  }

  async add(schedule: StoredSchedule): Promise<void> {
    await this.#db.insertInto('schedules').values(write(schedule)).execute();
  }

  async update(schedule: StoredSchedule): Promise<void> {
    const { id, ...columns } = write(schedule);
    await this.#db.updateTable('schedules').set(columns).where('id', '=', id).execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('schedules').where('id', '=', id).execute();
  }

  async get(id: string): Promise<StoredSchedule | undefined> {
    const row = await this.#db.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirst();
    return row && read(row);
  }

  async all(): Promise<StoredSchedule[]> {
    return (await this.#db.selectFrom('schedules').selectAll().orderBy('id').execute()).map(read);
  }

  /** Newest first, after `cursor` (an id). */
  async list(limit: number, cursor: string | undefined): Promise<StoredSchedule[]> {
    let query = this.#db.selectFrom('schedules').selectAll().orderBy('id', 'desc').limit(limit);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    return (await query.execute()).map(read);
  }

  async usesProgramme(programmeId: string): Promise<boolean> {
    return (
      (await this.#db.selectFrom('schedules').select('id').where('programme_id', '=', programmeId).limit(1).executeTakeFirst()) !==
      undefined
    );
  }
}

function write(schedule: StoredSchedule): ScheduleTable {
  return {
    id: schedule.id,
    programme_id: schedule.programmeId,
    bulletin_id: schedule.bulletinId,
    targets: JSON.stringify(schedule.targets),
    start: schedule.start,
    time_zone: schedule.timeZone,
    rrule: schedule.rrule,
    except_dates: JSON.stringify(schedule.exceptDates),
    valid_until: schedule.validUntil,
    level: schedule.level,
    volume: schedule.volume,
    decision: schedule.decision && JSON.stringify(schedule.decision),
    created_at_ms: schedule.createdAtMs,
    created_by: schedule.createdBy,
    created_by_name: schedule.createdByName,
  };
}

function read(row: Selectable<ScheduleTable>): StoredSchedule {
  return {
    id: row.id,
    programmeId: row.programme_id,
    bulletinId: row.bulletin_id,
    targets: JSON.parse(row.targets) as Targets,
    start: row.start,
    timeZone: row.time_zone,
    rrule: row.rrule,
    exceptDates: JSON.parse(row.except_dates) as string[],
    validUntil: row.valid_until,
    level: row.level as Level | null,
    volume: row.volume,
    decision: row.decision === null ? null : (JSON.parse(row.decision) as Schedule['decision']),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
  };
}
