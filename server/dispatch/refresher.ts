import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';

/** A person's change comes as several events (bulletin, media, schedule); they become one compilation. */
const COALESCE_MS = 200;
/** After a failed compilation (a busy disk): it is tried again, for nobody else will ask. */
const RETRY_MS = 5000;

/** Runs one refresh at a time; those asked for meanwhile become one more. */
export class Refresher {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #refresh: (clusters: readonly string[] | undefined) => Promise<void>;
  /** `all` is asked for, or these clusters. */
  #asked: { all: boolean; clusters: Set<string> } = { all: false, clusters: new Set() };
  #timer: Timer | undefined;
  /** The timer is not that of a retry after a failure, which nobody may wait for. */
  #soon = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: { clock: Clock; log: Logger; refresh: (clusters: readonly string[] | undefined) => Promise<void> }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#refresh = options.refresh;
  }

  /** Soon, together with what else is asked for until then. */
  ask(cluster?: string): void {
    this.#note(cluster === undefined ? undefined : [cluster]);
    if (this.#timer) return;
    this.#soon = true;
    this.#timer = this.#clock.after(COALESCE_MS, () => this.#run());
  }

  /** After what runs now; resolves when it is done. @throws what the refresh throws */
  now(clusters: readonly string[] | undefined): Promise<void> {
    const run = this.#tail.then(() => this.#refresh(clusters));
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** What was asked for until now is compiled, or its compilation has failed. */
  async settled(): Promise<void> {
    if (this.#soon) this.#run();
    await this.#tail;
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#tail;
  }

  #run(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#soon = false;
    const { all, clusters } = this.#asked;
    this.#asked = { all: false, clusters: new Set() };
    const wanted = all ? undefined : [...clusters];
    this.now(wanted).catch((error: unknown) => {
      this.#log.error({ event: 'refresh-failed', err: error });
      this.#note(wanted);
      this.#timer ??= this.#clock.after(RETRY_MS, () => this.#run());
    });
  }

  #note(clusters: readonly string[] | undefined): void {
    if (clusters === undefined) this.#asked.all = true;
    for (const cluster of clusters ?? []) this.#asked.clusters.add(cluster);
  }
}
