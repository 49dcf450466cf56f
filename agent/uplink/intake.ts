import type { Order } from '@tieng-lang/shared/contract/order';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { ClockExchange } from '../clock/exchange.ts';
import type { JournalSender } from '../journal/journal-sender.ts';
import type { Refusals } from '../journal/refusals.ts';
import { Inbox } from '../plan/inbox.ts';
import type { OrderBook } from '../plan/order-book.ts';
import type { PlanStore } from '../plan/plan-store.ts';
import type { Incoming } from './connection.ts';

/**
 * After a power-on the first orders come with the connection, a second before the first answers about the time. An
 * order waits this long for the time before it is refused as `time-unknown`.
 */
const TIME_PATIENCE_MS = 10_000;
const TIME_LOOK_MS = 200;

export interface IntakeOptions {
  clock: Clock;
  log: Logger;
  plans: PlanStore;
  orders: OrderBook;
  exchange: ClockExchange;
  sender: JournalSender;
  refusals: Refusals;
  isTimeKnown: () => boolean;
  /** A new plan, override or order is in force. */
  onChanged: () => void;
  onOrder: (order: Order) => void;
}

/** Where a message goes, by its topic. */
export class Intake {
  readonly #options: IntakeOptions;
  /** Orders apart from plans: one that waits for the time must not hold up a plan. */
  readonly #documents: Inbox;
  readonly #orders: Inbox;
  readonly #abort = new AbortController();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#documents = new Inbox(options.log);
    this.#orders = new Inbox(options.log);
  }

  take({ leaf, payload, receivedAtMs }: Incoming): void {
    const { exchange, sender, plans, orders } = this.#options;
    const text = payload.toString('utf8');
    switch (leaf) {
      case 'clock/reply':
        exchange.reply(text, receivedAtMs);
        return;
      case 'journal/seen':
        sender.seen(text);
        return;
      case 'plan':
        this.#documents.put(() => this.#document(leaf, () => plans.acceptPlan(text)));
        return;
      case 'override':
        this.#documents.put(() => this.#document(leaf, () => plans.acceptOverride(text)));
        return;
      case 'order':
        this.#orders.put(() => this.#order(receivedAtMs, () => orders.accept(text)));
        return;
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all([this.#documents.idle(), this.#orders.idle()]);
  }

  async #document(leaf: 'plan' | 'override', accept: () => Promise<'applied' | 'already-held'>): Promise<void> {
    const { plans, log, refusals, onChanged } = this.#options;
    try {
      if ((await accept()) === 'already-held') return;
      const version = leaf === 'plan' ? plans.planVersion : plans.overrideVersion;
      log.info({ event: `${leaf}-applied`, version });
      onChanged();
    } catch (error) {
      refusals.add(leaf, error);
    }
  }

  async #order(receivedAtMs: number, accept: () => Promise<Order | undefined>): Promise<void> {
    const { log, refusals, onChanged, onOrder } = this.#options;
    await this.#timeKnown(receivedAtMs + TIME_PATIENCE_MS);
    try {
      const order = await accept();
      if (!order) return;
      log.info({ event: 'order-received', orderId: order.orderId, kind: order.kind });
      if (order.kind === 'play') onChanged();
      onOrder(order);
    } catch (error) {
      refusals.add('order', error);
    }
  }

  async #timeKnown(untilMs: number): Promise<void> {
    const { clock, isTimeKnown } = this.#options;
    while (!isTimeKnown() && clock.monotonicMs() < untilMs && !this.#abort.signal.aborted) await sleep(clock, TIME_LOOK_MS);
  }
}
