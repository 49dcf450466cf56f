import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';

const WINDOW_MS = 60_000;
/** A technician mistypes a few times; a guess at 60 bits would need more than the age of the earth. */
const FAILURES_PER_ADDRESS = 10;
/** From everywhere together: an attacker may have many addresses, and each try costs a signature check. */
const FAILURES_IN_ALL = 100;

/** Failed tries of the last minute, counted by address; successes are free, for fifteen devices may share one. */
export class Attempts {
  readonly #clock: Clock;
  readonly #failures: { address: string; atMs: number }[] = [];

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  /** @throws CodedError `too-many-requests` */
  check(address: string): void {
    this.#forget();
    const own = this.#failures.filter((failure) => failure.address === address);
    const oldest = own.length >= FAILURES_PER_ADDRESS ? own[0] : this.#failures.length >= FAILURES_IN_ALL ? this.#failures[0] : undefined;
    if (!oldest) return;
    const waitMs = oldest.atMs + WINDOW_MS - this.#clock.monotonicMs();
    throw new CodedError('too-many-requests', { params: { seconds: Math.max(1, Math.ceil(waitMs / 1000)) } });
  }

  /** `check` comes first, so there are never more than `FAILURES_IN_ALL` and what was under way with the last of them. */
  failed(address: string): void {
    this.#failures.push({ address, atMs: this.#clock.monotonicMs() });
  }

  #forget(): void {
    const sinceMs = this.#clock.monotonicMs() - WINDOW_MS;
    const stillCount = this.#failures.findIndex(({ atMs }) => atMs > sinceMs);
    this.#failures.splice(0, stillCount === -1 ? this.#failures.length : stillCount);
  }
}
