import { randomInt } from 'node:crypto';
import { type ClockAsk, clockReply } from '@tieng-lang/shared/contract/clock-exchange';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import { parseJson } from '../json.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { OffsetSample } from './estimator.ts';

export type ExchangeSample = OffsetSample;

/** How often to ask, by how long the connection has lasted. */
interface Pace {
  untilMs: number;
  leastMs: number;
  mostMs: number;
}

/** So many in a row at the beginning, that some meet an idle link; over in about three seconds. */
const BURST_ASKS = 8;
const BURST: Pace = { untilMs: 0, leastMs: 200, mostMs: 500 };

/**
 * A burst tells the offset, but of the drift nothing: a crystal off by 100 ppm would be 6 ms away after a minute. So the
 * questions thin out slowly, each at a time when the drift learnt so far still holds. In the end one costs some 500
 * bytes of a SIM's plan with TLS: 7 MB a month.
 */
const PACES: readonly Pace[] = [
  { untilMs: 20_000, leastMs: 1_500, mostMs: 3_000 },
  { untilMs: 90_000, leastMs: 5_000, mostMs: 10_000 },
  { untilMs: 600_000, leastMs: 15_000, mostMs: 30_000 },
];
const STEADY: Pace = { untilMs: Number.POSITIVE_INFINITY, leastMs: 120_000, mostMs: 240_000 };

/** A reply after this long says nothing of use. */
const LATE_MS = 10_000;

export interface ExchangeOptions {
  uplink: Uplink;
  clock: Clock;
  random?: () => number;
  onSample: (sample: ExchangeSample, burstOver: boolean) => void;
}

/** Asks the server for its time: a burst on every connect, then now and then. Both instants of ours are monotonic. */
export class ClockExchange {
  readonly #options: ExchangeOptions;
  readonly #random: () => number;
  /** By id: when it was asked, and what was written into the question. */
  readonly #asked = new Map<number, { sentAtMs: number; t1: number }>();
  #timer: Timer | undefined;
  #connectedAtMs = 0;
  #burstLeft = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  connected(): void {
    this.stop();
    this.#connectedAtMs = this.#options.clock.monotonicMs();
    this.#burstLeft = BURST_ASKS;
    this.#ask();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#asked.clear();
  }

  /** Takes a reply that was received at a monotonic instant; what does not answer a question of ours is ignored. */
  reply(payload: string, receivedAtMs: number): void {
    const parsed = clockReply.safeParse(parseJson(payload));
    if (!parsed.success) return;
    const { id, t1, t2, t3 } = parsed.data;
    const asked = this.#asked.get(id);
    if (!asked || asked.t1 !== t1 || t3 < t2) return;
    this.#asked.delete(id);
    const roundTripMs = receivedAtMs - asked.sentAtMs - (t3 - t2);
    if (roundTripMs < 0) return;
    const offsetMs = (t2 - asked.sentAtMs + (t3 - receivedAtMs)) / 2;
    this.#options.onSample({ atMs: (asked.sentAtMs + receivedAtMs) / 2, offsetMs, roundTripMs }, this.#burstLeft === 0);
  }

  #ask(): void {
    const { clock, uplink } = this.#options;
    this.#forgetLate();
    this.#timer = clock.after(this.#nextMs(), () => this.#ask());
    this.#burstLeft = Math.max(0, this.#burstLeft - 1);
    const question: ClockAsk = { id: randomInt(2 ** 40), t1: clock.nowMs() };
    const asked = { sentAtMs: 0, t1: question.t1 };
    this.#asked.set(question.id, asked);
    const payload = JSON.stringify(question);
    asked.sentAtMs = clock.monotonicMs();
    // A question that could not be sent is just one sample fewer.
    uplink.publish('clock/ask', payload, { qos: 0 }).catch(() => this.#asked.delete(question.id));
  }

  #forgetLate(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [id, asked] of this.#asked) if (nowMs - asked.sentAtMs > LATE_MS) this.#asked.delete(id);
  }

  #nextMs(): number {
    const lastedMs = this.#options.clock.monotonicMs() - this.#connectedAtMs;
    const { leastMs, mostMs } = this.#burstLeft > 1 ? BURST : (PACES.find((pace) => lastedMs < pace.untilMs) ?? STEADY);
    return leastMs + (mostMs - leastMs) * this.#random();
  }
}
