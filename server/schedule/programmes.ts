import type { ProgrammeItem } from '@tieng-lang/shared/contract/http/schedule';
import { CodedError, type InputFault } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Events } from '../events.ts';
import type { Actor } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import type { Composer } from './composer.ts';
import type { ProgrammeStore, StoredProgramme } from './programme-store.ts';
import { type ScheduleStore, sortableId } from './schedule-store.ts';

export class Programmes {
  readonly #store: ProgrammeStore;
  readonly #schedules: ScheduleStore;
  readonly #composer: Composer;
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #audit: AuditService;

  constructor(options: {
    store: ProgrammeStore;
    schedules: ScheduleStore;
    composer: Composer;
    clock: Clock;
    events: Events;
    audit: AuditService;
  }) {
    this.#store = options.store;
    this.#schedules = options.schedules;
    this.#composer = options.composer;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#audit = options.audit;
  }

  /** @throws CodedError `invalid-input` for a bulletin or a tune that is not there */
  async create(body: { name: string; items: ProgrammeItem[] }, actor: Actor): Promise<StoredProgramme> {
    await this.#assertItems(body.items);
    const createdAtMs = this.#clock.nowMs();
    const programme = { ...body, id: sortableId('pr', createdAtMs), createdAtMs, createdBy: actor.id, createdByName: actor.name };
    await this.#store.add(programme);
    await this.#audit.audit(actor, 'programme-created', programme.id, { name: body.name, items: body.items });
    return programme;
  }

  /** @throws CodedError `not-found`, `invalid-input` */
  async change(
    id: string,
    patch: { name?: string | undefined; items?: ProgrammeItem[] | undefined },
    actor: Actor,
  ): Promise<StoredProgramme> {
    const programme = await this.get(id);
    if (patch.items) await this.#assertItems(patch.items);
    const next = { ...programme, name: patch.name ?? programme.name, items: patch.items ?? programme.items };
    await this.#store.update(id, next);
    await this.#audit.audit(actor, 'programme-changed', id, { name: next.name, items: next.items });
    this.#events.emit('schedule changed', { scheduleId: undefined });
    return next;
  }

  /** @throws CodedError `not-found`, `in-use` */
  async remove(id: string, actor: Actor): Promise<void> {
    const programme = await this.get(id);
    if (await this.#schedules.usesProgramme(id)) throw new CodedError('in-use');
    await this.#store.remove(id);
    await this.#audit.audit(actor, 'programme-removed', id, { name: programme.name });
  }

  /** @throws CodedError `not-found` */
  async get(id: string): Promise<StoredProgramme> {
    const programme = await this.#store.get(id);
    if (!programme) throw new CodedError('not-found');
    return programme;
  }

  list(limit: number, cursor: string | undefined): Promise<StoredProgramme[]> {
    return this.#store.list(limit, cursor);
  }

  async durationMs(programme: StoredProgramme): Promise<number> {
    return (await this.#composer.composeItems(programme.name, programme.items)).durationMs;
  }

  async #assertItems(items: readonly ProgrammeItem[]): Promise<void> {
    const { leftOut } = await this.#composer.composeItems('', items);
    const missing = new Set(leftOut.filter(({ reason }) => reason === 'not-found').map(({ title }) => title));
    const faults: InputFault[] = [];
    for (const [index, item] of items.entries()) {
      const [name, id] = 'bulletinId' in item ? ['bulletinId', item.bulletinId] : 'tuneId' in item ? ['tuneId', item.tuneId] : ['', ''];
      if (missing.has(id)) faults.push({ path: `items.${index}.${name}`, message: `không có / not found: ${id}` });
    }
    if (faults.length > 0) throw new CodedError('invalid-input', { faults });
  }
}
