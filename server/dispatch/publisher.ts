import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { BrokerLink } from '../services.ts';
import type { DesiredKind } from './desired-store.ts';

/** So many publishes wait for the broker at once: enough for a village in one round trip, far below the link's own bound. */
const AT_ONCE = 50;
/** After a refused publish; the broker is on this machine or next door, so soon, and not for ever more seldom. */
const RETRY_MS = 1000;
const RETRY_MAX_MS = 30_000;

/** What is signed now; undefined when there is nothing (any more) to publish. */
export type Signed = (cluster: string, kind: DesiredKind) => string | undefined;

/**
 * Brings desired state to the broker, retained. What is owed is a set, not a queue: a newer version takes the place of
 * an older one that was not sent, so it never grows past two entries a cluster.
 */
export class Publisher {
  readonly #link: BrokerLink;
  readonly #station: () => string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #signed: Signed;
  readonly #owed = new Map<string, { cluster: string; kind: DesiredKind }>();
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: { link: BrokerLink; station: () => string; clock: Clock; log: Logger; signed: Signed }) {
    this.#link = options.link;
    this.#station = options.station;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signed = options.signed;
  }

  owe(cluster: string, kind: DesiredKind): void {
    this.#owed.set(`${kind} ${cluster}`, { cluster, kind });
    this.flush();
  }

  /** Sends what is owed, if the broker is there; else it is sent when the broker is back. */
  flush(): void {
    if (this.#running || this.#stopped || !this.#link.connected || this.#owed.size === 0) return;
    this.#retry?.cancel();
    this.#running = this.#send().finally(() => {
      this.#running = undefined;
      if (this.#owed.size > 0 && this.#link.connected && !this.#stopped) this.#again();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.cancel();
    await this.#running;
  }

  async #send(): Promise<void> {
    let failed = false;
    while (!failed && this.#owed.size > 0 && this.#link.connected && !this.#stopped) {
      const batch = [...this.#owed].slice(0, AT_ONCE);
      for (const [key] of batch) this.#owed.delete(key);
      const sent = await Promise.all(batch.map(([key, each]) => this.#sendOne(key, each)));
      failed = sent.includes(false);
    }
    this.#failures = failed ? this.#failures + 1 : 0;
  }

  async #sendOne(key: string, { cluster, kind }: { cluster: string; kind: DesiredKind }): Promise<boolean> {
    const signed = this.#signed(cluster, kind);
    if (signed === undefined) return true;
    try {
      await this.#link.publish({ station: this.#station(), cluster }, kind, signed, { qos: 1, retain: true });
      return true;
    } catch (error) {
      this.#log.warn({ event: 'publish-failed', cluster, kind, err: error });
      this.#owed.set(key, { cluster, kind });
      return false;
    }
  }

  #again(): void {
    const capMs = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(this.#failures, 10));
    // Jitter: several servers of a province share a broker.
    this.#retry = this.#clock.after(capMs * (0.5 + Math.random() / 2), () => this.flush());
  }
}
