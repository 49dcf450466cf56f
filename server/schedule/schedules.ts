import { CodedError, type Language } from '@tieng-lang/shared/errors';
import { checkRecurrence, startInstant } from '@tieng-lang/shared/schedule/recurrence';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import { assertWithinArea } from '../http/area.ts';
import type { Actor } from '../http/route.ts';
import type { AuditService, Composition, FleetService, ResolvedOccurrence } from '../services.ts';
import { calendarOf, type Entry } from './calendar.ts';
import type { Composer } from './composer.ts';
import { NOT_SAVED } from './conflicts.ts';
import { changed, fromRequest, playableOf, type ScheduleFields, type SchedulePatch } from './schedule.ts';
import { type CheckResult, check } from './schedule-check.ts';
import { type ScheduleStore, type StoredSchedule, sortableId } from './schedule-store.ts';

/** Before saving, so many occurrences from now on are looked at: a year of a daily one. */
const LOOKED_AT_ON_SAVE = 400;

/** Saving was not decided: what stands against it. */
export interface Undecided {
  undecided: CheckResult;
}

type Decision = NonNullable<StoredSchedule['decision']>;

export class Schedules {
  readonly #store: ScheduleStore;
  readonly #composer: Composer;
  readonly #fleet: FleetService;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: Events;
  readonly #audit: AuditService;

  constructor(options: {
    store: ScheduleStore;
    composer: Composer;
    fleet: FleetService;
    clock: Clock;
    log: Logger;
    events: Events;
    audit: AuditService;
  }) {
    this.#store = options.store;
    this.#composer = options.composer;
    this.#fleet = options.fleet;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#events = options.events;
    this.#audit = options.audit;
  }

  /** @throws CodedError `invalid-input`, `invalid-rrule`, `unknown-time-zone`, `unknown-target`, `no-targets`, `outside-area` */
  async create(
    fields: ScheduleFields & { decision?: Decision | undefined },
    actor: Actor,
    language: Language,
  ): Promise<StoredSchedule | Undecided> {
    const nowMs = this.#clock.nowMs();
    const schedule = fromRequest(fields, {
      id: sortableId('sc', nowMs),
      decision: fields.decision ?? null,
      createdAtMs: nowMs,
      createdBy: actor.id,
      createdByName: actor.name,
    });
    const undecided = await this.#undecided(schedule, actor, language);
    if (undecided) return undecided;
    await this.#store.add(schedule);
    await this.#tell(actor, 'schedule-created', schedule);
    return schedule;
  }

  /** @throws CodedError `not-found` and as `create` */
  async change(id: string, patch: SchedulePatch, actor: Actor, language: Language): Promise<StoredSchedule | Undecided> {
    const schedule = changed(await this.get(id), patch);
    const undecided = await this.#undecided(schedule, actor, language);
    if (undecided) return undecided;
    await this.#store.update(schedule);
    await this.#tell(actor, 'schedule-changed', schedule);
    return schedule;
  }

  /** @throws CodedError `not-found`, `outside-area` */
  async remove(id: string, actor: Actor): Promise<void> {
    const schedule = await this.get(id);
    assertWithinArea(actor, await this.#clustersOf(schedule), await this.#fleet.clusters());
    await this.#store.remove(id);
    await this.#tell(actor, 'schedule-removed', schedule);
  }

  /** Saves nothing. @throws CodedError as `create` */
  async check(
    fields: ScheduleFields,
    options: { scheduleId: string | undefined; fromMs: number | undefined; limit: number; language: Language },
  ): Promise<CheckResult> {
    const schedule = fromRequest(fields, {
      id: options.scheduleId ?? NOT_SAVED,
      decision: null,
      createdAtMs: this.#clock.nowMs(),
      createdBy: '',
      createdByName: '',
    });
    const own = await this.#entryOf(schedule);
    return check(own, await this.#entries(), {
      fromMs: options.fromMs ?? startInstant(schedule),
      limit: options.limit,
      language: options.language,
    });
  }

  /** @throws CodedError `not-found` */
  async get(id: string): Promise<StoredSchedule> {
    const schedule = await this.#store.get(id);
    if (!schedule) throw new CodedError('not-found');
    return schedule;
  }

  list(limit: number, cursor: string | undefined): Promise<StoredSchedule[]> {
    return this.#store.list(limit, cursor);
  }

  compositions(schedules: readonly StoredSchedule[]): Promise<(Composition | undefined)[]> {
    return this.#composer.composeAll(schedules.map(playableOf));
  }

  async occurrences(fromMs: number, untilMs: number): Promise<ResolvedOccurrence[]> {
    return calendarOf(await this.#entries(), fromMs, untilMs);
  }

  async #undecided(schedule: StoredSchedule, actor: Actor, language: Language): Promise<Undecided | undefined> {
    const own = await this.#entryOf(schedule);
    assertWithinArea(actor, own.clusters, await this.#fleet.clusters());
    if (schedule.decision) return undefined;
    const fromMs = Math.max(this.#clock.nowMs(), startInstant(schedule));
    const undecided = check(own, await this.#entries(), { fromMs, limit: LOOKED_AT_ON_SAVE, language });
    return undecided.conflicts.length + undecided.policy.length > 0 ? { undecided } : undefined;
  }

  /** One schedule that somebody asks for: whatever is wrong with it is said. */
  async #entryOf(schedule: StoredSchedule): Promise<Entry> {
    checkRecurrence(schedule);
    const clusters = await this.#fleet.resolve(schedule.targets);
    const [composition] = await this.#composer.composeAll([playableOf(schedule)]);
    if (!composition) {
      const path = schedule.programmeId === null ? 'bulletinId' : 'programmeId';
      throw new CodedError('invalid-input', { faults: [{ path, message: `không có / not found: ${schedule[path]}` }] });
    }
    return { schedule, composition, clusters };
  }

  /** All schedules that can be read: one whose bulletin or targets are gone keeps nobody else silent. */
  async #entries(): Promise<Entry[]> {
    const schedules = await this.#store.all();
    const compositions = await this.compositions(schedules);
    const entries: Entry[] = [];
    for (const [index, schedule] of schedules.entries()) {
      const composition = compositions[index];
      const clusters = await this.#clustersOf(schedule);
      if (composition && clusters.length > 0) entries.push({ schedule, composition, clusters });
      else this.#log.debug({ event: 'schedule-without-effect', scheduleId: schedule.id, clusters: clusters.length });
    }
    return entries;
  }

  async #clustersOf(schedule: StoredSchedule): Promise<string[]> {
    try {
      return await this.#fleet.resolve(schedule.targets);
    } catch (error) {
      if (error instanceof CodedError) return [];
      throw error;
    }
  }

  async #tell(actor: Actor, action: string, schedule: StoredSchedule): Promise<void> {
    const { id, createdByName: _name, createdBy: _by, createdAtMs: _at, ...detail } = schedule;
    await this.#audit.audit(actor, action, id, detail);
    this.#log.info({ event: action, scheduleId: id, by: actor.id });
    this.#events.emit('schedule changed', { scheduleId: id });
  }
}
