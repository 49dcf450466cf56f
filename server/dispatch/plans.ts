import type { Plan } from '@tieng-lang/shared/contract/plan';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { ClusterOnFile, FleetService, RecordsService, ScheduleService, SigningService } from '../services.ts';
import type { Desired, DesiredStore } from './desired-store.ts';
import { compilePlan, HORIZON_MS, needsNewVersion } from './plan-compiler.ts';
import { type Renewal, renew } from './renewal.ts';

/** A plan that comes late (retained, a device off for a day) may still be taken: what is over in it is not played. */
const EXPIRY_MARGIN_MS = 86_400_000;

/** The desired plan of each cluster. */
export class Plans {
  readonly #store: DesiredStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #signing: SigningService;
  readonly #fleet: FleetService;
  readonly #schedule: ScheduleService;
  readonly #records: RecordsService;
  readonly #changed: (cluster: string) => void;
  readonly #held = new Map<string, Desired<Plan>>();
  /** What clusters said they hold; above ours only when our database is older than the device's. */
  readonly #floors = new Map<string, number>();

  constructor(options: {
    store: DesiredStore;
    clock: Clock;
    log: Logger;
    signing: SigningService;
    fleet: FleetService;
    schedule: ScheduleService;
    records: RecordsService;
    /** A cluster has a new plan, on disk and signed. */
    changed: (cluster: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signing = options.signing;
    this.#fleet = options.fleet;
    this.#schedule = options.schedule;
    this.#records = options.records;
    this.#changed = options.changed;
  }

  async load(): Promise<void> {
    for (const desired of await this.#store.all<Plan>('plan')) {
      this.#held.set(desired.cluster, desired);
      // The server may have died between storing the plan and telling the records of it.
      await this.#records.expectPlan(desired.cluster, this.#clock.nowMs(), desired.body.occurrences);
    }
  }

  held(cluster: string): Desired<Plan> | undefined {
    return this.#held.get(cluster);
  }

  /** The clusters whose plan still has this broadcast to sound. */
  due(broadcastId: string, nowMs: number): string[] {
    const isDue = (occurrence: Plan['occurrences'][number]) => occurrence.broadcastId === broadcastId && occurrence.endAtMs > nowMs;
    return [...this.#held.values()].filter(({ body }) => body.occurrences.some(isDue)).map(({ cluster }) => cluster);
  }

  get clusters(): string[] {
    return [...this.#held.keys()];
  }

  /** A device that holds a higher version than ours would refuse all that we say: the next version is above it. */
  raiseFloor(cluster: string, version: number): void {
    this.#floors.set(cluster, version);
  }

  /** Compiles these clusters' plans (undefined: all) and signs those that changed. */
  async refresh(clusters: readonly string[] | undefined): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const untilMs = nowMs + HORIZON_MS;
    const occurrences = await this.#schedule.occurrences(nowMs, untilMs);
    const wanted = (await this.#fleet.clusters()).filter(({ code }) => clusters?.includes(code) ?? true);
    const renewals = wanted.flatMap((cluster): Renewal<Plan>[] => {
      const body = compilePlan(cluster, occurrences, { station: this.#fleet.station, nowMs, untilMs });
      return this.#renewal(cluster, body, nowMs);
    });
    const fresh = await renew('plan', renewals, { store: this.#store, signing: this.#signing, nowMs });
    for (const desired of fresh) {
      this.#held.set(desired.cluster, desired);
      await this.#records.expectPlan(desired.cluster, nowMs, desired.body.occurrences);
      this.#changed(desired.cluster);
    }
    if (fresh.length > 0) this.#log.info({ event: 'plans-compiled', clusters: fresh.map(({ cluster }) => cluster) });
  }

  #renewal({ code, deviceId }: ClusterOnFile, body: Plan, nowMs: number): Renewal<Plan>[] {
    if (deviceId === null) return [];
    const held = this.#held.get(code);
    const floor = this.#floors.get(code) ?? 0;
    const outdated = !held || held.deviceId !== deviceId || held.version <= floor || needsNewVersion(held.body, body, nowMs);
    return outdated ? [{ cluster: code, deviceId, body, floor, expiresAtMs: body.untilMs + EXPIRY_MARGIN_MS }] : [];
  }
}
