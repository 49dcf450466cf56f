import type { Health, Measurements } from '@tieng-lang/shared/contract/health';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Hardware } from '../hardware/hardware.ts';
import type { Uplink } from '../uplink/uplink.ts';

/** A fault reaches the server within this much, well inside the 30 s that it may take to an alert. */
const LOOK_EVERY_MS = 5_000;

/** Also when nothing changes, so that the history has no holes; 300 bytes a time. */
const SEND_EVERY_MS = 300_000;

/** Between two reports of mere numbers, so that a noisy sensor does not use up the SIM. Faults do not wait. */
const QUIET_MS = 30_000;

/** How far a number has to move to be worth a message. What is not named here goes with the next report. */
const DEAD_BANDS: Partial<Record<keyof Measurements, number>> = {
  batteryPercent: 5,
  batteryVolts: 0.3,
  boardCelsius: 5,
  amplifierCelsius: 5,
  cpuPercent: 40,
  memoryMb: 30,
  diskFreeMb: 500,
  signalDbm: 10,
  dataUsedMb: 50,
  journalPending: 20,
};

export interface HealthReporterOptions {
  hardware: Hardware;
  uplink: Uplink;
  clock: Clock;
  log: Logger;
  stampMs: () => number;
  /** What the agent knows of itself beside the box. */
  own: () => Measurements;
}

/** Sends the measurements when something changed, and every so often. What could not be sent is measured again later. */
export class HealthReporter {
  readonly #options: HealthReporterOptions;
  #timer: Timer | undefined;
  #reading: Promise<void> = Promise.resolve();
  #busy = false;
  #sent: Health | undefined;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: HealthReporterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#reading;
  }

  /** A new connection: the server is told at once. */
  connected(): void {
    this.#sent = undefined;
    this.look();
  }

  /** Looks, and sends if there is something to say. One look at a time: a slow sensor must not pile them up. */
  look(): void {
    if (this.#busy || !this.#options.uplink.connected) return;
    this.#busy = true;
    this.#reading = this.#look()
      .catch((error: unknown) => this.#options.log.warn({ event: 'health-not-sent', err: error }))
      .finally(() => {
        this.#busy = false;
      });
  }

  async #look(): Promise<void> {
    const { hardware, uplink, clock, stampMs, own } = this.#options;
    const { measurements, speakers } = await hardware.read();
    const health: Health = { atMs: stampMs(), measurements: { ...measurements, ...own() }, speakers };
    const quietMs = clock.monotonicMs() - this.#sentAtMs;
    const due = quietMs >= SEND_EVERY_MS || hasTurned(this.#sent, health) || (quietMs >= QUIET_MS && hasMoved(this.#sent, health));
    if (!due) return;
    await uplink.publish('health', JSON.stringify(health), { qos: 0 });
    this.#sent = health;
    this.#sentAtMs = clock.monotonicMs();
  }
}

/** Something is now otherwise that is either so or not so: mains, door, under-voltage, a speaker's state. */
export function hasTurned(before: Health | undefined, now: Health): boolean {
  if (!before) return true;
  const names = new Set([...Object.keys(before.measurements), ...Object.keys(now.measurements)] as (keyof Measurements)[]);
  for (const name of names) {
    const [was, is] = [before.measurements[name], now.measurements[name]];
    if ((was === undefined) !== (is === undefined)) return true;
    if (typeof is === 'boolean' && was !== is) return true;
  }
  const states = (health: Health) => health.speakers.map((speaker) => `${speaker.code}=${speaker.state}`).join();
  return states(before) !== states(now);
}

/** A number moved beyond its dead band. */
export function hasMoved(before: Health | undefined, now: Health): boolean {
  if (!before) return true;
  return Object.entries(DEAD_BANDS).some(([name, band]) => {
    const [was, is] = [before.measurements[name as keyof Measurements], now.measurements[name as keyof Measurements]];
    return typeof was === 'number' && typeof is === 'number' && Math.abs(is - was) >= band;
  });
}
