import { randomUUID } from 'node:crypto';
import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { CodedError } from '@tieng-lang/shared/errors';
import { playNowId } from '@tieng-lang/shared/schedule/occurrence-id';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { assertWithinArea } from '../http/area.ts';
import type { Actor } from '../http/route.ts';
import type { AuditService, DispatchService, FleetService, ScheduleService } from '../services.ts';
import { onairState } from './onair-state.ts';

/**
 * From the order to the first sample: a 4G round trip and the fetch of a minute's file take about a second, opening the
 * sound card and falling into step another one and a half. All clusters start at the same instant; one that is not ready
 * by then joins in step.
 */
export const LEAD_MS = 2500;

export interface PlayWish {
  bulletinId?: string | undefined;
  programmeId?: string | undefined;
  targets: Targets;
  volume?: number | undefined;
}

/** What people put on air by hand, and take off. */
export class Broadcasts {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #fleet: FleetService;
  readonly #schedule: ScheduleService;
  readonly #dispatch: DispatchService;
  readonly #audit: AuditService;
  readonly #leadMs: number;

  constructor(options: {
    clock: Clock;
    log: Logger;
    fleet: FleetService;
    schedule: ScheduleService;
    dispatch: DispatchService;
    audit: AuditService;
    leadMs: number;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#fleet = options.fleet;
    this.#schedule = options.schedule;
    this.#dispatch = options.dispatch;
    this.#audit = options.audit;
    this.#leadMs = options.leadMs;
  }

  /** @throws CodedError `not-found`, `not-approved`, `media-not-ready`, `unknown-target`, `no-targets`, `outside-area` */
  async play(wish: PlayWish, actor: Actor): Promise<{ broadcastId: string; startAtMs: number; clusters: string[] }> {
    const clusters = await this.#resolve(wish.targets, actor);
    const what = wish.programmeId === undefined ? { bulletinId: wish.bulletinId ?? '' } : { programmeId: wish.programmeId };
    const { title, level, durationMs, items, media } = await this.#schedule.compose(what);
    const broadcastId = playNowId(randomUUID());
    const startAtMs = Math.ceil(this.#clock.nowMs() + this.#leadMs);
    const occurrence: PlanOccurrence = {
      broadcastId,
      title,
      level,
      startAtMs,
      endAtMs: startAtMs + durationMs,
      volume: wish.volume ?? null,
      items,
    };
    await this.#dispatch.order({ kind: 'play', occurrence, media }, clusters, occurrence.endAtMs);
    await this.#audit.audit(actor, 'broadcast-started', broadcastId, { ...what, title, level, clusters });
    this.#log.info({ event: 'broadcast-started', broadcastId, level, startAtMs, clusters, by: actor.id });
    return { broadcastId, startAtMs, clusters };
  }

  /** @throws CodedError `nothing-on-air`, `unknown-target`, `no-targets`, `outside-area` */
  async stop(wish: { broadcastId: string } | { targets: Targets }, actor: Actor): Promise<string[]> {
    const broadcastId = 'broadcastId' in wish ? wish.broadcastId : null;
    const clusters = 'targets' in wish ? await this.#resolve(wish.targets, actor) : await this.#where(wish.broadcastId, actor);
    if (clusters.length === 0) throw new CodedError('nothing-on-air');
    await this.#dispatch.silence(clusters, broadcastId);
    await this.#audit.audit(actor, 'broadcast-stopped', broadcastId ?? 'everything', { clusters });
    return clusters;
  }

  async all(): Promise<OnairCluster[]> {
    return (await this.#fleet.clusters()).map(({ code }) => this.cluster(code));
  }

  cluster(code: string): OnairCluster {
    return onairState(code, {
      state: this.#fleet.online(code),
      newest: this.#dispatch.newestAnswer(code),
      nowMs: this.#clock.nowMs(),
    });
  }

  async #resolve(targets: Targets, actor: Actor): Promise<string[]> {
    const clusters = await this.#fleet.resolve(targets);
    assertWithinArea(actor, clusters, await this.#fleet.clusters());
    return clusters;
  }

  /** Where a broadcast is due or sounds, by what was sent and by what clusters say. */
  async #where(broadcastId: string, actor: Actor): Promise<string[]> {
    const known = await this.#fleet.clusters();
    const due = new Set(this.#dispatch.clustersOf(broadcastId));
    const codes = known
      .map(({ code }) => code)
      .filter((code) => due.has(code) || this.#fleet.online(code)?.playing?.broadcastId === broadcastId);
    assertWithinArea(actor, codes, known);
    return codes;
  }
}
