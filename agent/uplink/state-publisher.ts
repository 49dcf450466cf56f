import type { AgentState, OnlineState } from '@tieng-lang/shared/contract/state';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Uplink } from './uplink.ts';

/** What belongs together (a plan applied, the first item begun) goes out as one message. */
const SOON_MS = 250;

/** Progress that nobody waits for: files verified, one after the other. */
const LATER_MS = 5_000;

/** How far from the timeline the sound is: a figure that moves all the time. */
const EVENTUALLY_MS = 30_000;

const WITHIN_MS = { soon: SOON_MS, later: LATER_MS, eventually: EVENTUALLY_MS };

/** Also when nothing changed: what the broker forgot is said again. Uneven, so that agents do not fall into step. */
const EVERY_MS = 180_000;

export interface StatePublisherOptions {
  uplink: Uplink;
  clock: Clock;
  log: Logger;
  random?: () => number;
  current: () => Omit<OnlineState, 'state' | 'nonce'>;
}

/** Says "online" on every connection, with its nonce, and again whenever something changed, coalesced. */
export class StatePublisher {
  readonly #options: StatePublisherOptions;
  readonly #random: () => number;
  #nonce: string | undefined;
  #timer: Timer | undefined;
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(options: StatePublisherOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  connected(nonce: string): void {
    this.#nonce = nonce;
    this.#publish();
  }

  disconnected(): void {
    this.#nonce = undefined;
    this.#timer?.cancel();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  changed(urgency: keyof typeof WITHIN_MS = 'soon'): void {
    if (this.#nonce !== undefined) this.#schedule(WITHIN_MS[urgency]);
  }

  /** A clean farewell: the broker sends no will after it. */
  async farewell(): Promise<void> {
    const nonce = this.#nonce;
    this.disconnected();
    if (nonce === undefined) return;
    const state: AgentState = { state: 'offline', nonce };
    await this.#options.uplink.publish('state', JSON.stringify(state), { qos: 1, retain: true }).catch((error: unknown) => {
      this.#options.log.warn({ event: 'farewell-not-sent', err: error });
    });
  }

  #schedule(delayMs: number): void {
    const atMs = this.#options.clock.monotonicMs() + delayMs;
    if (atMs >= this.#dueAtMs) return;
    this.#timer?.cancel();
    this.#dueAtMs = atMs;
    this.#timer = this.#options.clock.after(delayMs, () => this.#publish());
  }

  #publish(): void {
    const nonce = this.#nonce;
    if (nonce === undefined) return;
    this.#timer?.cancel();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    this.#schedule(EVERY_MS * (0.8 + 0.4 * this.#random()));
    const state: AgentState = { state: 'online', nonce, ...this.#options.current() };
    this.#options.uplink.publish('state', JSON.stringify(state), { qos: 1, retain: true }).catch((error: unknown) => {
      this.#options.log.warn({ event: 'state-not-sent', err: error });
      // On the same connection it is tried again; a new connection says everything anew.
      if (this.#nonce === nonce) this.#schedule(LATER_MS);
    });
  }
}
