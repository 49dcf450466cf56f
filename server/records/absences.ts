import type { OutcomeReason } from '@tieng-lang/shared/contract/journal';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { BrokerLink, FleetService } from '../services.ts';
import type { PlayLogStore } from './play-log-store.ts';

/** From the end of an item to its receipt: the agent sends at once, and on a bad link tries for a while. */
const GRACE_MS = 120_000;
const LOOK_EVERY_MS = 15_000;
/** After the broker is back, clusters take up to a minute to come and to hand in what they have. */
const SETTLE_MS = 90_000;
/** Without a broker for this long, nobody's receipt will come soon: what is missing is said to be missing. */
const WITHOUT_BROKER_MS = 900_000;
/** Marked in one go; a village's year of arrears must not hold the database in one transaction. */
const AT_ONCE = 500;

export interface AbsencesOptions {
  store: PlayLogStore;
  link: Pick<BrokerLink, 'connected'>;
  fleet: () => Pick<FleetService, 'online'>;
  events: Events;
  clock: Clock;
  log: Logger;
}

/** Finds what should have sounded and of which nothing was heard, and says why. A receipt that comes late takes its place. */
export class Absences {
  readonly #options: AbsencesOptions;
  #broker: { connected: boolean; sinceMs: number };
  #endings: (() => void)[] = [];
  #looking = false;

  constructor(options: AbsencesOptions) {
    this.#options = options;
    this.#broker = { connected: false, sinceMs: 0 };
  }

  start(): void {
    const { clock, events, log, link } = this.#options;
    this.#broker = { connected: link.connected, sinceMs: clock.monotonicMs() };
    const turned = (connected: boolean) => () => {
      this.#broker = { connected, sinceMs: clock.monotonicMs() };
    };
    const timer: Timer = clock.every(LOOK_EVERY_MS, () => {
      this.look().catch((error: unknown) => log.error({ event: 'absences-not-found', err: error }));
    });
    this.#endings = [events.on('broker connected', turned(true)), events.on('broker lost', turned(false)), () => timer.cancel()];
  }

  stop(): void {
    for (const end of this.#endings.splice(0)) end();
  }

  async look(): Promise<void> {
    if (this.#looking || !this.#mayJudge()) return;
    this.#looking = true;
    try {
      while (await this.#markSome());
    } finally {
      this.#looking = false;
    }
  }

  #mayJudge(): boolean {
    const forMs = this.#options.clock.monotonicMs() - this.#broker.sinceMs;
    return forMs >= (this.#broker.connected ? SETTLE_MS : WITHOUT_BROKER_MS);
  }

  /** Whether there may be more. */
  async #markSome(): Promise<boolean> {
    const { store, fleet, clock, log } = this.#options;
    const items = await store.overdue(clock.nowMs() - GRACE_MS, AT_ONCE);
    if (items.length === 0) return false;
    const reasonOf = (cluster: string): OutcomeReason => (fleet().online(cluster) ? 'not-reported' : 'cluster-offline');
    await store.markAbsent(
      items.map((item) => ({ ...item, reason: reasonOf(item.cluster) })),
      clock.nowMs(),
    );
    log.warn({ event: 'absences-found', items: items.length, clusters: new Set(items.map(({ cluster }) => cluster)).size });
    return items.length === AT_ONCE;
  }
}
