import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';

/** SQLite checkpoints by itself while it writes, but never shortens the log file; once in five minutes we do. */
const PERIOD_MS = 5 * 60_000;

/** Keeps the write-ahead log short. A checkpoint that meets a reader does what it can and is tried again next time. */
export class Checkpoints {
  readonly #db: Kysely<unknown>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Timer | undefined;

  constructor(options: { db: Kysely<unknown>; clock: Clock; log: Logger }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): void {
    this.#timer ??= this.#clock.every(PERIOD_MS, () => void this.run());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async run(): Promise<void> {
    try {
      await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(this.#db);
    } catch (error) {
      this.#log.warn({ event: 'checkpoint-failed', err: error });
    }
  }
}
