import { randomUUID } from 'node:crypto';
import { type Answer, answer, type Order } from '@tieng-lang/shared/contract/order';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { EventMap, Events } from '../events.ts';
import type { BrokerLink, DispatchService, FleetService, RecordsService, ScheduleService, SigningService } from '../services.ts';
import { DesiredStore } from './desired-store.ts';
import { OrderStore, type StoredOrder } from './order-store.ts';
import { Orders } from './orders.ts';
import { Overrides } from './overrides.ts';
import { Plans } from './plans.ts';
import { Publisher } from './publisher.ts';
import { Refresher } from './refresher.ts';
import { StopStore } from './stop-store.ts';
import { stopsFor } from './stops.ts';

export interface DispatchOptions {
  db: Kysely<unknown>;
  clock: Clock;
  log: Logger;
  events: Events;
  link: BrokerLink;
  signing: SigningService;
  fleet: FleetService;
  schedule: ScheduleService;
  records: RecordsService;
}

export interface Dispatch extends DispatchService {
  /** Loads desired state, compiles what changed while the server was away, and publishes all of it. */
  start(): Promise<void>;
  /** Ends its timers and waits for what is on its way; what the clusters hold stays in force. */
  stop(): Promise<void>;
  /** Plans reach eight days and are renewed when seven are left: asked for every hour, so that an hour more or less costs nothing. */
  renewPlans(): void;
}

/** Ended stops and orders, and clusters that are connected and still hold an old version. */
const RECONCILE_MS = 60_000;

/** What should sound, brought to the clusters: plans, overrides, orders. */
export function createDispatch(options: DispatchOptions): Dispatch {
  return new CommuneDispatch(options);
}

class CommuneDispatch implements Dispatch {
  readonly #options: DispatchOptions;
  readonly #plans: Plans;
  readonly #overrides: Overrides;
  readonly #orders: Orders;
  readonly #publisher: Publisher;
  readonly #refresher: Refresher;
  readonly #endListening: (() => void)[] = [];
  #timers: Timer[] = [];

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { db, clock, log, events, link, signing, fleet, schedule, records } = options;
    const store = new DesiredStore({ db });
    this.#publisher = new Publisher({
      link,
      station: () => fleet.station,
      clock,
      log,
      signed: (cluster, kind) => (kind === 'plan' ? this.#plans : this.#overrides).held(cluster)?.signed,
    });
    const changed = (kind: 'plan' | 'override') => (cluster: string) => {
      this.#publisher.owe(cluster, kind);
      events.emit('cluster changed', { cluster });
    };
    this.#plans = new Plans({ store, clock, log, signing, fleet, schedule, records, changed: changed('plan') });
    this.#overrides = new Overrides({ store, stops: new StopStore({ db }), clock, signing, fleet, changed: changed('override') });
    this.#orders = new Orders({
      store: new OrderStore({ db }),
      link,
      clock,
      log,
      signing,
      fleet,
      changed: (cluster) => events.emit('order changed', { cluster }),
    });
    this.#refresher = new Refresher({ clock, log, refresh: (clusters) => this.#plans.refresh(clusters) });
  }

  async start(): Promise<void> {
    const { clock, link, log } = this.#options;
    await this.#plans.load();
    await this.#overrides.load();
    await this.#orders.start();
    link.handle('answer', (from, payload) => this.#answered(from.cluster, payload));
    this.#listen();
    this.#timers = [
      clock.every(RECONCILE_MS, () => {
        this.#reconcileAll().catch((error: unknown) => log.error({ event: 'reconcile-failed', err: error }));
      }),
    ];
    await this.#refresher.now(undefined);
    await this.#overrides.refresh();
    this.#publishAll();
  }

  async stop(): Promise<void> {
    for (const end of this.#endListening.splice(0)) end();
    for (const timer of this.#timers.splice(0)) timer.cancel();
    await this.#refresher.stop();
    await this.#orders.stop();
    await this.#publisher.stop();
  }

  refresh(clusters?: readonly string[]): Promise<void> {
    return this.#refresher.now(clusters);
  }

  async order(...[what, clusters, endAtMs]: Parameters<DispatchService['order']>): Promise<Map<string, string>> {
    const make = (orderId: string): Order => ({ ...what, orderId });
    const ids = await this.#orders.add(new Map(clusters.map((cluster) => [cluster, make])), endAtMs);
    this.#options.log.info({ event: 'order-made', kind: what.kind, clusters, orderIds: [...ids.values()] });
    // After the orders are on their way: a receipt that comes sooner is stored whether it was expected or not.
    if (what.kind === 'play') await this.#options.records.expectBroadcast(clusters, what.occurrence);
    return ids;
  }

  async silence(clusters: readonly string[], broadcastId: string | null): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const id = `st-${randomUUID()}`;
    const withdrawn: StoredOrder[] = [];
    const stops = clusters.flatMap((cluster) => {
      const orders = this.#orders.of(cluster).filter(({ body }) => body.kind === 'play');
      withdrawn.push(...orders.filter(({ body }) => broadcastId === null || broadcastOf(body) === broadcastId));
      return stopsFor({ cluster, plan: this.#plans.held(cluster)?.body, orders }, broadcastId, { id, nowMs });
    });
    await this.#overrides.add(stops);
    await this.#orders.withdraw(withdrawn);
    this.#options.log.info({ event: 'silenced', clusters, broadcastId, stopId: id });
  }

  newestAnswer(cluster: string): ReturnType<DispatchService['newestAnswer']> {
    const newest = this.#orders.of(cluster).findLast(({ body }) => body.kind === 'play');
    if (newest?.body.kind !== 'play') return undefined;
    const { broadcastId, title, level, startAtMs, endAtMs } = newest.body.occurrence;
    return { broadcastId, title, level, startAtMs, endAtMs, answer: answerOf(newest) };
  }

  clustersOf(broadcastId: string): string[] {
    const nowMs = this.#options.clock.nowMs();
    return [...new Set([...this.#plans.due(broadcastId, nowMs), ...this.#orders.due(broadcastId, nowMs)])].sort();
  }

  ordersOf(cluster: string): string[] {
    return this.#orders.of(cluster).map(({ id }) => id);
  }

  orderAnswer(cluster: string, orderId: string): Answer | undefined {
    const found = this.#orders.of(cluster).find(({ id }) => id === orderId);
    return found && answerOf(found);
  }

  desiredPlanVersion(cluster: string): number {
    return this.#plans.held(cluster)?.version ?? 0;
  }

  renewPlans(): void {
    this.#refresher.ask();
  }

  settled(): Promise<void> {
    return this.#refresher.settled();
  }

  #listen(): void {
    const { events } = this.#options;
    const on = <Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void | Promise<void>) =>
      this.#endListening.push(events.on(name, listener));
    on('bulletin changed', () => this.#refresher.ask());
    on('media changed', () => this.#refresher.ask());
    on('schedule changed', () => this.#refresher.ask());
    on('cluster settings changed', ({ cluster }) => this.#refresher.ask(cluster));
    on('device changed', async ({ cluster }) => {
      await this.#refresher.now([cluster]);
      await this.#overrides.refresh([cluster]);
      await this.#orders.forgetAnswers(cluster);
    });
    on('cluster connected', async ({ cluster }) => {
      await this.#reconcile(cluster);
      this.#orders.resend(cluster);
    });
    on('broker connected', () => this.#publishAll());
  }

  /** A broker's memory goes with its process: all that is desired is said again. */
  #publishAll(): void {
    for (const cluster of this.#plans.clusters) {
      this.#publisher.owe(cluster, 'plan');
      this.#publisher.owe(cluster, 'override');
    }
  }

  async #reconcileAll(): Promise<void> {
    await this.#overrides.refresh();
    await this.#orders.prune();
    for (const cluster of this.#plans.clusters) await this.#reconcile(cluster);
  }

  /** Holds what a connected cluster says it has against what it should have. */
  async #reconcile(cluster: string): Promise<void> {
    const state = this.#options.fleet.online(cluster);
    const plan = this.#plans.held(cluster);
    if (!state || !plan || state.deviceId !== plan.deviceId) return;
    const overrideVersion = this.#overrides.held(cluster)?.version ?? 0;
    if (state.planVersion < plan.version) this.#publisher.owe(cluster, 'plan');
    if (state.overrideVersion < overrideVersion) this.#publisher.owe(cluster, 'override');
    if (state.planVersion > plan.version || state.overrideVersion > overrideVersion) {
      // Our database is older than the device's (a restored backup): it would refuse what we number below.
      this.#options.log.warn({ event: 'versions-behind', cluster, plan: state.planVersion, override: state.overrideVersion });
      if (state.planVersion > plan.version) this.#plans.raiseFloor(cluster, state.planVersion);
      if (state.overrideVersion > overrideVersion) this.#overrides.raiseFloor(cluster, state.overrideVersion);
      await this.#refresher.now([cluster]);
      await this.#overrides.refresh([cluster]);
    }
  }

  async #answered(cluster: string, payload: Buffer): Promise<void> {
    let read: unknown;
    try {
      read = JSON.parse(payload.toString('utf8'));
    } catch {
      read = undefined;
    }
    const parsed = answer.safeParse(read);
    if (parsed.success) await this.#orders.answered(cluster, parsed.data);
    else this.#options.log.warn({ event: 'answer-not-understood', cluster, bytes: payload.length });
  }
}

function broadcastOf(order: Order): string | undefined {
  return order.kind === 'play' ? order.occurrence.broadcastId : undefined;
}

function answerOf({ id, stage, stageAtMs, reason }: StoredOrder): Answer | undefined {
  if (stage === null || stageAtMs === null) return undefined;
  return { orderId: id, stage, atMs: stageAtMs, ...(reason === null ? {} : { reason }) };
}
