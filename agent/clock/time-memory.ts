import type { Clock } from '@tieng-lang/shared/time/clock';
import * as z from 'zod';
import { type AgentDatabase, readFact, writeFact } from '../database.ts';
import { parseJson } from '../json.ts';
import type { Estimate } from './estimator.ts';
import type { Machine } from './machine.ts';

const remembered = z.object({
  bootId: z.string(),
  uptimeMs: z.number(),
  wallMs: z.number(),
  serverMs: z.number(),
  uncertaintyMs: z.number().min(0),
  driftPpm: z.number(),
  growthPpm: z.number().min(0),
});

/** /proc/uptime counts in steps of 10 ms; less than this between it and the wall clock is no proof of a step. */
const UPTIME_STEP_MS = 30;

/**
 * The time over a restart of the process. The machine's clocks go on while the agent is killed and started anew, so
 * what it knew still holds, a little less surely. Over a power cut nothing holds but a floor: time does not go back.
 */
export class TimeMemory {
  readonly #db: AgentDatabase;
  readonly #clock: Clock;
  readonly #machine: Machine;

  constructor(options: { db: AgentDatabase; clock: Clock; machine: Machine }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#machine = options.machine;
  }

  save(now: Omit<Estimate, 'offsetMs'> & { serverMs: number }): void {
    const bootId = this.#machine.bootId() ?? '';
    const uptimeMs = this.#machine.uptimeMs() ?? 0;
    writeFact(this.#db, 'time', JSON.stringify({ bootId, uptimeMs, wallMs: this.#clock.nowMs(), ...now }));
  }

  /** Undefined after a boot, or when nothing was ever saved. */
  recall(): Estimate | undefined {
    const saved = this.#read();
    const uptimeMs = this.#machine.uptimeMs();
    if (!saved?.bootId || saved.bootId !== this.#machine.bootId() || uptimeMs === undefined) return undefined;
    const byWallMs = this.#clock.nowMs() - saved.wallMs;
    const byUptimeMs = uptimeMs - saved.uptimeMs;
    // The wall clock is finer; but if it was set meanwhile, only the uptime knows how long it was.
    const stepped = Math.abs(byWallMs - byUptimeMs) > UPTIME_STEP_MS;
    const elapsedMs = stepped ? byUptimeMs : byWallMs;
    if (elapsedMs < 0) return undefined;
    return {
      offsetMs: saved.serverMs + elapsedMs * (1 + saved.driftPpm * 1e-6) - this.#clock.monotonicMs(),
      driftPpm: saved.driftPpm,
      uncertaintyMs: saved.uncertaintyMs + elapsedMs * saved.growthPpm * 1e-6 + (stepped ? 20 : 0),
      growthPpm: saved.growthPpm,
    };
  }

  /** It is at least this late, ms; 0 when nothing is known. */
  floorMs(): number {
    return this.#read()?.serverMs ?? 0;
  }

  #read(): z.infer<typeof remembered> | undefined {
    return remembered.safeParse(parseJson(readFact(this.#db, 'time') ?? '')).data;
  }
}
