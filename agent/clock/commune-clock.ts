import type { ClockReport, ClockStatus } from '@tieng-lang/shared/contract/basics';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { SyncedTime } from '../player/contract.ts';
import { type Estimate, OffsetEstimator } from './estimator.ts';
import type { ExchangeSample } from './exchange.ts';
import { SlewedTime } from './slewed-time.ts';
import type { SystemTime } from './system-time.ts';
import type { TimeMemory } from './time-memory.ts';

/** One sample may have come over a bad moment of the link; four rarely all did. */
const SAMPLES_TO_TRUST = 4;

/** Five missed exchanges: from then on nobody watches the crystal, and the report says so. */
const FRESH_MS = 600_000;

/** So many samples in a row beyond belief mean that the server's clock was set, not that the link was bad. */
const DISBELIEVED_MAX = 3;
const DISBELIEF_MS = 50;

/** Once NTP stops keeping the system's clock, nothing is known of its crystal but its tolerance. */
const CRYSTAL_PPM = 100;

const SAVE_EVERY_MS = 300_000;
const SYSTEM_TIME_EVERY_MS = 60_000;

export interface CommuneClockOptions {
  clock: Clock;
  log: Logger;
  memory: TimeMemory;
  systemTime?: SystemTime;
  /** The status changed. */
  onChanged?: (report: ClockReport) => void;
  /** The commune's time jumped here, ms. */
  onStepped?: (stepMs: number) => void;
}

/**
 * The commune's time: the server's, carried on by the device's monotonic clock. A step of the machine's wall clock does
 * not touch it. Sources are the exchange with the server and, where the system keeps its clock by NTP, that clock; the
 * surer wins, but where they contradict each other the server does, as the other clusters follow it too.
 */
export class CommuneClock implements SyncedTime {
  readonly #options: CommuneClockOptions;
  readonly #estimator = new OffsetEstimator();
  readonly #line = new SlewedTime();
  #recalled: (Estimate & { atMs: number }) | undefined;
  #system: { uncertaintyMs: number; readAtMs: number } | undefined;
  #disbelieved: ExchangeSample[] = [];
  #status: ClockStatus = 'unknown';
  #trusted = false;
  #floorMs = 0;
  #timers: Timer[] = [];

  constructor(options: CommuneClockOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, memory, systemTime } = this.#options;
    this.#floorMs = memory.floorMs();
    const recalled = memory.recall();
    if (recalled) {
      this.#recalled = { ...recalled, atMs: clock.monotonicMs() };
      this.#line.set(clock.monotonicMs(), recalled.offsetMs, recalled.driftPpm);
    }
    this.#timers.push(clock.every(SAVE_EVERY_MS, () => this.#save()));
    // Losing the server is no event of its own: looked at now and then, so that the report follows.
    this.#timers.push(clock.every(10_000, () => this.#judge()));
    if (systemTime) {
      const read = () => {
        systemTime.uncertaintyMs().then(
          (uncertaintyMs) => this.#heardSystem(uncertaintyMs),
          (error: unknown) => this.#options.log.warn({ event: 'system-time-failed', err: error }),
        );
      };
      this.#timers.push(clock.every(SYSTEM_TIME_EVERY_MS, read));
      read();
    }
    this.#judge();
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#save();
  }

  /** One exchange came back. `burstOver`: no more are coming soon, so what there is has to do. */
  sample(sample: ExchangeSample, burstOver: boolean): void {
    if (this.#isBeyondBelief(sample)) return;
    this.#estimator.add(sample);
    const wasTrusted = this.#trusted;
    this.#trusted ||= burstOver || this.#estimator.samples >= SAMPLES_TO_TRUST;
    this.#steer();
    if (this.#trusted && !wasTrusted) this.#save();
  }

  report(): ClockReport {
    const nowMs = this.#options.clock.monotonicMs();
    const offsetMs = this.#line.known ? this.at(nowMs) - this.#options.clock.nowMs() : 0;
    return { status: this.#status, offsetMs, uncertaintyMs: this.#status === 'unknown' ? null : this.#uncertaintyMs(nowMs) };
  }

  at(monotonicMs: number): number {
    return this.#line.at(monotonicMs);
  }

  monotonicAt(serverMs: number): number {
    return this.#line.monotonicAt(serverMs);
  }

  /** Server time now; undefined while it is unknown. */
  nowMs(): number | undefined {
    return this.#status === 'unknown' ? undefined : this.at(this.#options.clock.monotonicMs());
  }

  /** It is certainly not earlier than this, also while the time is unknown; 0 when nothing was ever known. */
  notBeforeMs(): number {
    return this.nowMs() ?? this.#floorMs;
  }

  /** The best guess for a record's stamp: server time, else the machine's own, but never before the floor. */
  stampMs(): number {
    return this.nowMs() ?? Math.max(this.#floorMs, this.#options.clock.nowMs());
  }

  #heardSystem(uncertaintyMs: number | undefined): void {
    this.#system = uncertaintyMs === undefined ? undefined : { uncertaintyMs, readAtMs: this.#options.clock.monotonicMs() };
    this.#steer();
  }

  #isBeyondBelief(sample: ExchangeSample): boolean {
    const expected = this.#estimator.at(sample.atMs);
    const farMs = expected ? Math.abs(sample.offsetMs - expected.offsetMs) - sample.roundTripMs / 2 - expected.uncertaintyMs : 0;
    if (farMs <= DISBELIEF_MS) {
      this.#disbelieved = [];
      return false;
    }
    this.#disbelieved.push(sample);
    if (this.#disbelieved.length < DISBELIEVED_MAX) return true;
    this.#estimator.reset();
    for (const believed of this.#disbelieved) this.#estimator.add(believed);
    this.#disbelieved = [];
    this.#steer();
    return true;
  }

  /** The best that is known at an instant, and by whom. */
  #best(atMs: number): (Estimate & { watched: boolean }) | undefined {
    const { clock } = this.#options;
    const exchanged = this.#trusted ? this.#estimator.at(atMs) : undefined;
    const newestMs = this.#estimator.newestAtMs ?? Number.NEGATIVE_INFINITY;
    const byServer = exchanged && { ...exchanged, watched: atMs - newestMs < FRESH_MS };
    const system = this.#system && {
      offsetMs: clock.nowMs() - clock.monotonicMs(),
      driftPpm: 0,
      uncertaintyMs: this.#system.uncertaintyMs,
      growthPpm: CRYSTAL_PPM,
      watched: true,
    };
    if (byServer && system) {
      const agree = Math.abs(byServer.offsetMs - system.offsetMs) <= byServer.uncertaintyMs + system.uncertaintyMs;
      return agree && system.uncertaintyMs < byServer.uncertaintyMs ? system : byServer;
    }
    const recalled = this.#recalled && {
      offsetMs: this.#recalled.offsetMs + this.#recalled.driftPpm * 1e-6 * (atMs - this.#recalled.atMs),
      driftPpm: this.#recalled.driftPpm,
      uncertaintyMs: this.#recalled.uncertaintyMs + (atMs - this.#recalled.atMs) * this.#recalled.growthPpm * 1e-6,
      growthPpm: this.#recalled.growthPpm,
      watched: false,
    };
    return byServer ?? system ?? recalled;
  }

  #steer(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const best = this.#best(nowMs);
    if (best) {
      // Nobody plays by a time that was unknown until now, so the first answer is taken as it is.
      if (this.#status === 'unknown') this.#line.set(nowMs, best.offsetMs, best.driftPpm);
      else this.#stepped(this.#line.steer(nowMs, best.offsetMs, best.driftPpm));
    }
    this.#judge();
  }

  #stepped(stepMs: number): void {
    if (stepMs === 0) return;
    this.#options.log.warn({ event: 'commune-time-stepped', stepMs });
    this.#options.onStepped?.(stepMs);
  }

  #judge(): void {
    const best = this.#best(this.#options.clock.monotonicMs());
    const status: ClockStatus = best ? (best.watched ? 'synced' : 'holdover') : this.#line.known ? 'holdover' : 'unknown';
    if (status === this.#status) return;
    this.#status = status;
    const report = this.report();
    this.#options.log.info({ event: 'clock-status', ...report });
    this.#options.onChanged?.(report);
  }

  #uncertaintyMs(nowMs: number): number {
    const best = this.#best(nowMs);
    return best ? best.uncertaintyMs + Math.abs(nowMs + best.offsetMs - this.at(nowMs)) : 0;
  }

  #save(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const best = this.#best(nowMs);
    if (!best || this.#status === 'unknown') return;
    const { driftPpm, growthPpm } = best;
    this.#options.memory.save({ serverMs: this.at(nowMs), uncertaintyMs: this.#uncertaintyMs(nowMs), driftPpm, growthPpm });
  }
}
