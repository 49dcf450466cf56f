import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** People mistype thrice; five wrong ones in a quarter of an hour are somebody guessing, or somebody who should wait. */
const FAILURES_MAX = 5;
const WINDOW_MS = 15 * 60_000;
/** After that, this long a wait: five guesses in five minutes are 1,440 a day, nothing against eight characters. */
const WAIT_MS = 5 * 60_000;
/** Pairs of name and address that are remembered (a few MB); beyond, the one that failed longest ago is forgotten. */
const REMEMBERED_MAX = 10_000;

interface Failures {
  count: number;
  sinceMs: number;
  blockedUntilMs: number;
}

/** Slows down guessing, by name and address together: a stranger must not be able to lock a broadcaster out. */
export class SignInLimit {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  /** @throws CodedError `too-many-requests` with `seconds` */
  admit(who: string): void {
    const leftMs = (this.#failures.get(who)?.blockedUntilMs ?? 0) - this.#clock.monotonicMs();
    if (leftMs > 0) throw new CodedError('too-many-requests', { params: { seconds: Math.ceil(leftMs / 1000) } });
  }

  failed(who: string): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#failures.get(who);
    const fresh = !known || nowMs - known.sinceMs > WINDOW_MS;
    const failures = fresh ? { count: 0, sinceMs: nowMs, blockedUntilMs: 0 } : known;
    failures.count++;
    if (failures.count >= FAILURES_MAX) {
      failures.blockedUntilMs = nowMs + WAIT_MS;
      failures.count = 0;
      failures.sinceMs = nowMs;
    }
    // Put anew, so that the map's order is by last failure.
    this.#failures.delete(who);
    this.#failures.set(who, failures);
    if (this.#failures.size > REMEMBERED_MAX) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
  }

  succeeded(who: string): void {
    this.#failures.delete(who);
  }
}
