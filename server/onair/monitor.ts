import { decodeMonitorFrame, MONITOR_FRAME_MS } from '@tieng-lang/shared/contract/monitor';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { PacketQueue } from './packet-queue.ts';

/** A page of the stream: five packets. */
const PAGE_MS = 100;
/** An order lasts half again as long as the time to its renewal, so that one lost order is no hole. */
const RENEW_MS = 20_000;
const ORDER_MS = 30_000;
/** Without a frame for so long the card is closed, or the cluster is gone. */
const QUIET_MS = 1000;
/** The event loop was held up: what is more than this behind is not made up for, a listener wants the present. */
const BEHIND_MAX_MS = 2000;

export interface Listener {
  /** The next packets, each 20 ms. */
  packets(packets: readonly Uint8Array[]): void;
  /** The server stops: nothing comes any more. */
  ended(): void;
}

interface Session {
  cluster: string;
  listeners: Set<Listener>;
  queue: PacketQueue;
  timers: Timer[];
  /** By the monotonic clock. */
  emittedUntilMs: number;
  heardAtMs: number;
}

/** What clusters sound, for those who listen at the console: one order and one stream of packets for all who listen to one cluster. */
export class Monitor {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #order: (cluster: string, untilMs: number) => Promise<void>;
  readonly #sessions = new Map<string, Session>();

  constructor(options: { clock: Clock; log: Logger; order: (cluster: string, untilMs: number) => Promise<void> }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#order = options.order;
  }

  get listening(): number {
    return [...this.#sessions.values()].reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  /** Returns the call that ends listening. */
  listen(cluster: string, listener: Listener): () => void {
    const session = this.#sessions.get(cluster) ?? this.#open(cluster);
    session.listeners.add(listener);
    return () => {
      session.listeners.delete(listener);
      if (session.listeners.size === 0) this.#close(session);
    };
  }

  /** A message of `…/monitor`. */
  receive(cluster: string, payload: Uint8Array): void {
    const session = this.#sessions.get(cluster);
    const frame = session && decodeMonitorFrame(payload);
    if (!session || !frame) return;
    session.heardAtMs = this.#clock.monotonicMs();
    session.queue.put(frame);
  }

  stop(): void {
    for (const session of [...this.#sessions.values()]) {
      this.#close(session);
      for (const listener of [...session.listeners]) listener.ended();
    }
  }

  #open(cluster: string): Session {
    const nowMs = this.#clock.monotonicMs();
    const session: Session = {
      cluster,
      listeners: new Set(),
      queue: new PacketQueue(),
      timers: [],
      emittedUntilMs: nowMs,
      heardAtMs: nowMs,
    };
    session.timers.push(
      this.#clock.every(PAGE_MS, () => this.#emit(session)),
      this.#clock.every(RENEW_MS, () => this.#renew(session)),
    );
    this.#sessions.set(cluster, session);
    this.#renew(session);
    return session;
  }

  #close(session: Session): void {
    for (const timer of session.timers.splice(0)) timer.cancel();
    if (this.#sessions.get(session.cluster) === session) this.#sessions.delete(session.cluster);
  }

  #renew({ cluster }: Session): void {
    this.#order(cluster, this.#clock.nowMs() + ORDER_MS).catch((error: unknown) => {
      this.#log.warn({ event: 'monitor-not-ordered', cluster, err: error });
    });
  }

  #emit(session: Session): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - session.heardAtMs > QUIET_MS) session.queue.clear();
    session.emittedUntilMs = Math.max(session.emittedUntilMs, nowMs - BEHIND_MAX_MS);
    const packets: Uint8Array[] = [];
    for (; session.emittedUntilMs + MONITOR_FRAME_MS <= nowMs; session.emittedUntilMs += MONITOR_FRAME_MS) {
      packets.push(session.queue.next());
    }
    if (packets.length === 0) return;
    for (const listener of [...session.listeners]) listener.packets(packets);
  }
}
