import type { Logger } from 'pino';

/** More can only wait if the disk hangs; what the server repeats or retains comes again with the next connection. */
const WAITING_MAX = 200;

/** Handles messages one after the other, in the order in which they came: a plan must not overtake its predecessor. */
export class Inbox {
  readonly #log: Logger;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The drop rule: when full, the new message is dropped. */
  put(handle: () => Promise<void>): void {
    if (this.#waiting >= WAITING_MAX) {
      this.#log.error({ event: 'message-dropped', waiting: this.#waiting });
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(handle)
      .catch((error: unknown) => this.#log.error({ event: 'message-failed', err: error }))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** When everything that is in has been handled. */
  idle(): Promise<void> {
    return this.#tail;
  }
}
