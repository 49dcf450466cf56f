import { randomUUID } from 'node:crypto';
import { type Answer, type AnswerStage, answerStage, type Order } from '@tieng-lang/shared/contract/order';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { BrokerLink, FleetService, SigningService } from '../services.ts';
import type { OrderStore, StoredOrder } from './order-store.ts';

/** How often the live orders are looked through for one that is due again. */
const TICK_MS = 500;
/** A device on 4G answers within a second or two; later repeats are for one that is lost on the way. */
const REPEAT_MS = 3000;
const REPEAT_MAX_MS = 60_000;
/** Live orders over all clusters: four to each of the largest commune's 5,000. More is a fault of the caller. */
const LIVE_MAX = 20_000;
/** Orders are kept as evidence of what was asked for. */
const KEPT_MS = 90 * 86_400_000;

interface LiveOrder extends StoredOrder {
  tries: number;
  /** By the monotonic clock. */
  dueAtMs: number;
  sending: boolean;
}

const rank = (stage: AnswerStage): number => answerStage.options.indexOf(stage);

/** Orders on their way: sent at once, again with growing distance until the cluster has them, and again when it connects. */
export class Orders {
  readonly #store: OrderStore;
  readonly #link: BrokerLink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #signing: SigningService;
  readonly #fleet: FleetService;
  readonly #changed: (cluster: string) => void;
  readonly #live = new Map<string, LiveOrder>();
  readonly #sends = new Set<Promise<void>>();
  #tick: Timer | undefined;
  #version = 0;

  constructor(options: {
    store: OrderStore;
    link: BrokerLink;
    clock: Clock;
    log: Logger;
    signing: SigningService;
    fleet: FleetService;
    /** An order of this cluster was made, answered, withdrawn, or has ended. */
    changed: (cluster: string) => void;
  }) {
    this.#store = options.store;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signing = options.signing;
    this.#fleet = options.fleet;
    this.#changed = options.changed;
  }

  async start(): Promise<void> {
    for (const order of await this.#store.live(this.#clock.nowMs())) this.#live.set(order.id, this.#waiting(order));
    this.#tick = this.#clock.every(TICK_MS, () => this.#sendDue());
  }

  async stop(): Promise<void> {
    this.#tick?.cancel();
    await Promise.allSettled(this.#sends);
  }

  /** Stores one order for each cluster and sends them; resolves when they are on disk. Returns the id per cluster. */
  async add(bodies: ReadonlyMap<string, (orderId: string) => Order>, endAtMs: number): Promise<Map<string, string>> {
    if (this.#live.size + bodies.size > LIVE_MAX) throw new CodedError('unavailable');
    const madeAtMs = this.#clock.nowMs();
    const orders = [...bodies].map(([cluster, make]): StoredOrder => {
      const id = `or-${randomUUID()}`;
      return { id, cluster, body: make(id), madeAtMs, endAtMs, withdrawnAtMs: null, stage: null, stageAtMs: null, reason: null };
    });
    await this.#store.add(orders);
    for (const order of orders) this.#live.set(order.id, this.#waiting(order));
    this.#sendDue();
    for (const { cluster } of orders) this.#changed(cluster);
    return new Map(orders.map(({ cluster, id }) => [cluster, id]));
  }

  /** The live orders of a cluster, oldest first. */
  of(cluster: string): StoredOrder[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#live.values()].filter((order) => order.cluster === cluster && order.endAtMs > nowMs);
  }

  /** The clusters that were ordered to sound this broadcast and are not past its end. */
  due(broadcastId: string, nowMs: number): string[] {
    return [...this.#live.values()]
      .filter(({ body, endAtMs }) => body.kind === 'play' && body.occurrence.broadcastId === broadcastId && endAtMs > nowMs)
      .map(({ cluster }) => cluster);
  }

  /** They are not sent again and count as over; silencing them on the device is the override's business. */
  async withdraw(orders: readonly StoredOrder[]): Promise<void> {
    if (orders.length === 0) return;
    for (const { id } of orders) this.#live.delete(id);
    await this.#store.withdraw(
      orders.map(({ id }) => id),
      this.#clock.nowMs(),
    );
    for (const { cluster } of orders) this.#changed(cluster);
  }

  /** A cluster that has just connected gets at once what it has not answered. */
  resend(cluster: string): void {
    const nowMs = this.#clock.monotonicMs();
    for (const order of this.#live.values()) {
      if (order.cluster !== cluster || !isOpen(order)) continue;
      order.tries = 0;
      order.dueAtMs = nowMs;
    }
    this.#sendDue();
  }

  /** Another device speaks for this cluster now: it knows of none of its orders. */
  async forgetAnswers(cluster: string): Promise<void> {
    for (const order of this.#live.values()) {
      if (order.cluster !== cluster) continue;
      Object.assign(order, { stage: null, stageAtMs: null, reason: null });
      await this.#store.setStage(order);
    }
    this.resend(cluster);
  }

  /** Stages only go forward: an answer that comes late or twice changes nothing. */
  async answered(cluster: string, answer: Answer): Promise<void> {
    const order = this.#live.get(answer.orderId);
    // An order of another cluster is none of its business, whatever it says.
    if (!order || order.cluster !== cluster) return;
    const final = order.stage === 'refused' && order.reason !== 'time-unknown';
    const behind = order.stage !== null && order.stage !== 'refused' && rank(answer.stage) <= rank(order.stage);
    if (final || behind) return;
    Object.assign(order, { stage: answer.stage, stageAtMs: answer.atMs, reason: answer.reason ?? null });
    await this.#store.setStage(order);
    this.#log.info({ event: 'order-answered', orderId: order.id, cluster, stage: answer.stage, reason: answer.reason });
    this.#changed(cluster);
  }

  async prune(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    for (const order of [...this.#live.values()]) {
      if (order.endAtMs > nowMs) continue;
      this.#live.delete(order.id);
      this.#changed(order.cluster);
    }
    await this.#store.removeEndedBefore(nowMs - KEPT_MS);
  }

  #waiting(order: StoredOrder): LiveOrder {
    return { ...order, tries: 0, dueAtMs: this.#clock.monotonicMs(), sending: false };
  }

  #sendDue(): void {
    if (!this.#link.connected) return;
    const nowMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const due = [...this.#live.values()].filter((order) => order.dueAtMs <= monotonicMs && order.endAtMs > nowMs && isOpen(order));
    if (due.length === 0) return;
    for (const order of due) {
      order.sending = true;
      const capMs = Math.min(REPEAT_MAX_MS, REPEAT_MS * 2 ** Math.min(order.tries++, 6));
      // Jitter: fifteen clusters that lost one message must not all be asked again at one moment.
      order.dueAtMs = monotonicMs + capMs * (0.5 + Math.random() / 2);
    }
    const send = this.#send(due)
      .catch((error: unknown) => this.#log.error({ event: 'orders-not-sent', err: error }))
      .finally(() => {
        for (const order of due) order.sending = false;
        this.#sends.delete(send);
      });
    this.#sends.add(send);
  }

  async #send(orders: readonly LiveOrder[]): Promise<void> {
    const devices = new Map((await this.#fleet.clusters()).map(({ code, deviceId }) => [code, deviceId]));
    await Promise.all(
      orders.map(async (order) => {
        const deviceId = devices.get(order.cluster);
        if (!deviceId) return;
        try {
          // The order's id as its jti: a repeat is known as one, and is answered again instead of done again.
          const message = { deviceId, expAtMs: order.endAtMs, ver: this.#nextVersion(), jti: order.id, body: order.body };
          const signed = await this.#signing.sign('order', message);
          await this.#link.publish({ station: this.#fleet.station, cluster: order.cluster }, 'order', signed, { qos: 1 });
        } catch (error) {
          this.#log.warn({ event: 'order-not-sent', orderId: order.id, cluster: order.cluster, tries: order.tries, err: error });
        }
      }),
    );
  }

  /** Grows over restarts too without a write to disk: an order to all clusters must not wait for one. */
  #nextVersion(): number {
    this.#version = Math.max(this.#version + 1, Math.floor(this.#clock.nowMs()));
    return this.#version;
  }
}

/** Not known to have arrived. A cluster that did not know the time yet may know it by now. */
function isOpen(order: LiveOrder): boolean {
  return !order.sending && (order.stage === null || (order.stage === 'refused' && order.reason === 'time-unknown'));
}
