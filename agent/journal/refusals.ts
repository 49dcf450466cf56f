import type { Alarm } from '@tieng-lang/shared/contract/journal';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';

/** Somebody who floods a cluster with forged messages must not flood its journal: one alarm a kind in this time. */
const QUIET_MS = 600_000;

export interface RefusalsOptions {
  clock: Clock;
  log: Logger;
  onAlarm: (alarm: Alarm) => void;
}

/** Messages that were refused: each is logged, and of each kind one alarm in ten minutes says how many there were. */
export class Refusals {
  readonly #options: RefusalsOptions;
  /** By topic and code; both are closed sets, so this stays small. */
  readonly #seen = new Map<string, { saidAtMs: number; unsaid: number }>();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  add(topic: string, error: unknown): void {
    const { clock, log, onAlarm } = this.#options;
    const code = error instanceof CodedError ? error.code : 'internal';
    log.warn({ event: 'message-refused', topic, code, err: error });
    const name = `${topic} ${code}`;
    const nowMs = clock.monotonicMs();
    const held = this.#seen.get(name) ?? { saidAtMs: Number.NEGATIVE_INFINITY, unsaid: 0 };
    this.#seen.set(name, held);
    held.unsaid += 1;
    if (nowMs - held.saidAtMs < QUIET_MS) return;
    onAlarm({ code: 'message-refused', evidence: { topic, reason: code, count: held.unsaid } });
    held.saidAtMs = nowMs;
    held.unsaid = 0;
  }
}
