import { JOURNAL_BATCH, type JournalBatch, journalSeen } from '@tieng-lang/shared/contract/journal';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { parseJson } from '../json.ts';
import { retryDelayMs } from '../retry.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { Journal } from './journal.ts';

/** The server answers within a few hundred ms; on a bad 4G link the message itself may need ten seconds. */
const SEEN_TIMEOUT_MS = 20_000;

const RETRY = { firstMs: 1_000, capMs: 60_000 };

/** So often may the connection break over the same entries before they are sent one by one, and then passed over. */
const CLOSES_MAX = 3;

export interface JournalSenderOptions {
  journal: Journal;
  uplink: Uplink;
  clock: Clock;
  log: Logger;
  random?: () => number;
}

/**
 * Sends the journal in its order, one batch in flight, from the first entry that the server has not said to have
 * stored. An entry leaves the journal only then, so it arrives once however often it is sent.
 */
export class JournalSender {
  readonly #journal: Journal;
  readonly #uplink: Uplink;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #random: () => number;
  #running = false;
  #inFlight: JournalBatch | undefined;
  #highestSent = 0;
  #failures = 0;
  #closes = 0;
  #timer: Timer | undefined;

  constructor(options: JournalSenderOptions) {
    this.#journal = options.journal;
    this.#uplink = options.uplink;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#random = options.random ?? Math.random;
  }

  start(): void {
    this.#running = true;
    this.send();
  }

  stop(): void {
    this.#running = false;
    this.#settle();
  }

  /** There may be something to send: entries were added, or the connection is up. */
  send(): void {
    if (!this.#running || this.#inFlight || this.#timer || !this.#uplink.connected) return;
    const batch = this.#journal.batch(this.#closes >= CLOSES_MAX ? 1 : JOURNAL_BATCH);
    const last = batch?.entries.at(-1);
    if (!batch || !last) return;
    this.#inFlight = batch;
    this.#highestSent = Math.max(this.#highestSent, last.seq);
    this.#timer = this.#clock.after(SEEN_TIMEOUT_MS, () => this.#retry('no-answer'));
    this.#uplink.publish('journal', JSON.stringify(batch), { qos: 1 }).catch((error: unknown) => {
      if (this.#inFlight === batch) this.#retry(error instanceof Error ? error.message : String(error));
    });
  }

  /** The connection is up: what was in flight on the old one is sent again at once. */
  connected(): void {
    this.#failures = 0;
    this.#settle();
    this.send();
  }

  /** The connection is gone. When that keeps happening over the same entries, one of them is what breaks it. */
  disconnected(): void {
    const batch = this.#inFlight;
    this.#settle();
    if (!batch) return;
    this.#closes += 1;
    const first = batch.entries[0];
    if (this.#closes < 2 * CLOSES_MAX || batch.entries.length > 1 || !first) return;
    this.#log.error({ event: 'journal-entry-passed-over', seq: first.seq, entry: first });
    this.#journal.forget(first.seq, first.seq);
    this.#closes = 0;
  }

  /** Takes an answer of the server. Not ours, or not an answer: false. */
  seen(payload: string): boolean {
    const parsed = journalSeen.safeParse(parseJson(payload));
    if (!parsed.success || parsed.data.epoch !== this.#journal.epoch) return false;
    const { seq } = parsed.data;
    if (seq > this.#journal.lastSeq) {
      this.#journal.renewEpoch();
      this.#settle();
    } else {
      this.#journal.forget(seq, this.#highestSent);
      const last = this.#inFlight?.entries.at(-1);
      if (last && seq < last.seq) return true;
      this.#settle();
    }
    this.#failures = 0;
    this.#closes = 0;
    this.send();
    return true;
  }

  #retry(reason: string): void {
    this.#settle();
    this.#failures += 1;
    const delayMs = retryDelayMs(this.#failures, RETRY, this.#random);
    this.#log.warn({ event: 'journal-not-taken', reason, failures: this.#failures, retryInMs: Math.round(delayMs) });
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined;
      this.send();
    });
  }

  #settle(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#inFlight = undefined;
  }
}
