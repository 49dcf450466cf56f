import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';

/** A person sees no difference below this, and a hundred clusters that start to play at once are one burst. */
const QUIET_MS = 500;

/** Tells the consoles of each cluster that changed: whole, and at most twice a second. */
export class ClusterPush {
  readonly #options: { events: Events; clock: Clock; log: Logger; view: (code: string) => Promise<Cluster | undefined> };
  readonly #armed = new Map<string, Timer>();
  readonly #pushedAtMs = new Map<string, number>();
  #off: (() => void) | undefined;

  constructor(options: { events: Events; clock: Clock; log: Logger; view: (code: string) => Promise<Cluster | undefined> }) {
    this.#options = options;
  }

  start(): void {
    this.#off = this.#options.events.on('cluster changed', ({ cluster }) => this.#arm(cluster));
  }

  stop(): void {
    this.#off?.();
    for (const timer of this.#armed.values()) timer.cancel();
    this.#armed.clear();
  }

  #arm(code: string): void {
    if (this.#armed.has(code)) return;
    const { clock, log } = this.#options;
    const sinceMs = clock.monotonicMs() - (this.#pushedAtMs.get(code) ?? Number.NEGATIVE_INFINITY);
    this.#armed.set(
      code,
      clock.after(Math.max(0, QUIET_MS - sinceMs), () => {
        this.#armed.delete(code);
        this.#pushedAtMs.set(code, clock.monotonicMs());
        this.#push(code).catch((error: unknown) => log.error({ event: 'cluster-not-pushed', cluster: code, err: error }));
      }),
    );
  }

  async #push(code: string): Promise<void> {
    const data = await this.#options.view(code);
    if (data) this.#options.events.emit('push', { name: 'cluster', data });
  }
}
