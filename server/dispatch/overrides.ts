import { isDeepStrictEqual } from 'node:util';
import type { Override, StopOverride } from '@tieng-lang/shared/contract/override';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { FleetService, SigningService } from '../services.ts';
import type { Desired, DesiredStore } from './desired-store.ts';
import { type Renewal, renew } from './renewal.ts';
import type { StopStore, StoredStop } from './stop-store.ts';

/** Of the schema. The drop rule: what ends first goes, for it matters for the shortest time. */
const ITEMS_MAX = 200;
/** An override without an item says "nothing is silenced" and must not run out while it is true. */
const VALID_MS = 30 * 86_400_000;
const RENEWED_BEFORE_MS = 7 * 86_400_000;

/** The desired override of each cluster: what is silenced there now. A cluster that was never silenced has none. */
export class Overrides {
  readonly #store: DesiredStore;
  readonly #stops: StopStore;
  readonly #clock: Clock;
  readonly #signing: SigningService;
  readonly #fleet: FleetService;
  readonly #changed: (cluster: string) => void;
  readonly #held = new Map<string, Desired<Override>>();
  readonly #floors = new Map<string, number>();
  #items = new Map<string, StopOverride[]>();
  /** One at a time: of two that sign the same cluster, the one with fewer items must not be the later version. */
  #tail: Promise<void> = Promise.resolve();

  constructor(options: {
    store: DesiredStore;
    stops: StopStore;
    clock: Clock;
    signing: SigningService;
    fleet: FleetService;
    changed: (cluster: string) => void;
  }) {
    this.#store = options.store;
    this.#stops = options.stops;
    this.#clock = options.clock;
    this.#signing = options.signing;
    this.#fleet = options.fleet;
    this.#changed = options.changed;
  }

  async load(): Promise<void> {
    for (const desired of await this.#store.all<Override>('override')) this.#held.set(desired.cluster, desired);
    for (const { cluster, ...item } of await this.#stops.all()) this.#itemsOf(cluster).push(item);
  }

  held(cluster: string): Desired<Override> | undefined {
    return this.#held.get(cluster);
  }

  /** What is silenced on a cluster now. */
  items(cluster: string): readonly StopOverride[] {
    const nowMs = this.#clock.nowMs();
    return (this.#items.get(cluster) ?? []).filter(({ endAtMs }) => endAtMs > nowMs);
  }

  raiseFloor(cluster: string, version: number): void {
    this.#floors.set(cluster, version);
  }

  async add(stops: readonly StoredStop[]): Promise<void> {
    await this.#stops.add(stops);
    for (const { cluster, ...item } of stops) this.#itemsOf(cluster).push(item);
    await this.refresh([...new Set(stops.map(({ cluster }) => cluster))]);
  }

  /** Leaves out what has ended, and signs anew what changed, was for another device, or runs out. */
  refresh(clusters?: readonly string[]): Promise<void> {
    const run = this.#tail.then(() => this.#refresh(clusters));
    this.#tail = run.catch(() => undefined);
    return run;
  }

  async #refresh(clusters: readonly string[] | undefined): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if ([...this.#items.values()].some((items) => items.some(({ endAtMs }) => endAtMs <= nowMs))) {
      await this.#stops.removeEnded(nowMs);
      this.#items = new Map([...this.#items].map(([cluster, items]) => [cluster, items.filter(({ endAtMs }) => endAtMs > nowMs)]));
    }
    const wanted = (await this.#fleet.clusters()).filter(({ code }) => clusters?.includes(code) ?? true);
    const renewals = wanted.flatMap(({ code, deviceId }) => (deviceId === null ? [] : this.#renewal(code, deviceId, nowMs)));
    const fresh = await renew('override', renewals, { store: this.#store, signing: this.#signing, nowMs });
    for (const desired of fresh) {
      this.#held.set(desired.cluster, desired);
      this.#changed(desired.cluster);
    }
  }

  #renewal(cluster: string, deviceId: string, nowMs: number): Renewal<Override>[] {
    const held = this.#held.get(cluster);
    const items = [...(this.#items.get(cluster) ?? [])].sort((a, b) => b.endAtMs - a.endAtMs).slice(0, ITEMS_MAX);
    if (!held && items.length === 0) return [];
    const floor = this.#floors.get(cluster) ?? 0;
    const same =
      held !== undefined &&
      held.deviceId === deviceId &&
      held.version > floor &&
      held.expiresAtMs - nowMs > RENEWED_BEFORE_MS &&
      isDeepStrictEqual(held.body.items, items);
    if (same) return [];
    const body: Override = { kind: 'override', station: this.#fleet.station, cluster, items };
    const expiresAtMs = Math.max(nowMs, ...items.map(({ endAtMs }) => endAtMs)) + VALID_MS;
    return [{ cluster, deviceId, body, floor, expiresAtMs }];
  }

  #itemsOf(cluster: string): StopOverride[] {
    const items = this.#items.get(cluster) ?? [];
    this.#items.set(cluster, items);
    return items;
  }
}
