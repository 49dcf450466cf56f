import cron, { type ScheduledTask } from 'node-cron';
import type { Logger } from 'pino';

/** Work that may be late or left out once: never a broadcast, for a cron skips what a stepped clock jumps over. */
export interface Chore {
  name: string;
  /** Five fields, in the station's zone: `20 3 * * *` is every night at 03:20. */
  at: string;
  run(): Promise<unknown> | unknown;
}

export interface ChoresOptions {
  chores: readonly Chore[];
  timeZone: string;
  log: Logger;
}

/** The server's housekeeping. One chore never runs beside itself; one that fails is logged and runs again at its next time. */
export class Chores {
  readonly #options: ChoresOptions;
  #tasks: ScheduledTask[] = [];

  constructor(options: ChoresOptions) {
    this.#options = options;
  }

  start(): void {
    const { chores, timeZone } = this.#options;
    this.#tasks = chores.map((chore) =>
      cron.schedule(chore.at, () => this.run(chore), { name: chore.name, timezone: timeZone, noOverlap: true }),
    );
  }

  async stop(): Promise<void> {
    for (const task of this.#tasks.splice(0)) await task.destroy();
  }

  /** Runs one now. Never throws. */
  async run({ name, run }: Chore): Promise<void> {
    try {
      await run();
      this.#options.log.info({ event: 'chore-done', chore: name });
    } catch (error) {
      this.#options.log.error({ event: 'chore-failed', chore: name, err: error });
    }
  }
}
