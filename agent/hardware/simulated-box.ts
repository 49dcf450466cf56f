import { createHash } from 'node:crypto';
import type { SpeakerState } from '@tieng-lang/shared/contract/basics';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Amplifier } from '../player/contract.ts';
import type { Hardware, Reading } from './hardware.ts';

export interface SimulatedBoxOptions {
  /** Seeds everything: the same cluster is the same box every day. */
  cluster: string;
  speakers: readonly string[];
  clock: Clock;
}

/** Hours that the battery (a 12 V, 20 Ah lead block) carries the controller alone, and with the amplifier on. */
const IDLE_HOURS = 30;
const PLAYING_HOURS = 4;
const CHARGE_HOURS = 8;

/** How fast the heat sink follows the load, ms. */
const HEATING_MS = 600_000;

/**
 * A box that behaves: the battery empties while the mains are away and faster while the amplifier is on, the heat sink
 * warms under load, the field strength wanders. It can be told to break.
 */
export class SimulatedBox implements Hardware {
  readonly #options: SimulatedBoxOptions;
  readonly #seed: Uint8Array;
  readonly #states = new Map<string, SpeakerState>();
  #mainsOn = true;
  #doorOpen = false;
  #dataPlanEmpty = false;
  #amplifierOn = false;
  #batteryPercent = 100;
  #heatCelsius = 0;
  #lookedAtMs: number;
  readonly #startedAtMs: number;
  readonly amplifier: Amplifier = {
    switch: (on) => {
      this.#pass();
      this.#amplifierOn = on;
    },
  };

  constructor(options: SimulatedBoxOptions) {
    this.#options = options;
    this.#seed = createHash('sha256').update(options.cluster).digest();
    this.#startedAtMs = options.clock.monotonicMs();
    this.#lookedAtMs = this.#startedAtMs;
    for (const code of options.speakers) this.#states.set(code, 'ok');
  }

  async start(): Promise<void> {
    this.#pass();
  }

  async stop(): Promise<void> {
    this.amplifier.switch(false);
  }

  get amplifierOn(): boolean {
    return this.#amplifierOn;
  }

  setMains(on: boolean): void {
    this.#pass();
    this.#mainsOn = on;
  }

  setDoor(open: boolean): void {
    this.#doorOpen = open;
  }

  /** The SIM's month is used up. */
  setDataPlanEmpty(empty: boolean): void {
    this.#dataPlanEmpty = empty;
  }

  /** False: there is no such speaker here. */
  setSpeaker(code: string, state: SpeakerState): boolean {
    if (!this.#states.has(code)) return false;
    this.#states.set(code, state);
    return true;
  }

  async read(): Promise<Reading> {
    this.#pass();
    const { clock } = this.#options;
    const uptimeMs = clock.monotonicMs() - this.#startedAtMs;
    const dataPlanMb = 4096;
    return {
      measurements: {
        mainsOn: this.#mainsOn,
        batteryPercent: round(this.#batteryPercent, 1),
        batteryVolts: round(this.#volts(), 2),
        boardCelsius: round(this.#airCelsius() + 14 + this.#own(3) + this.#wander(0, 600_000), 1),
        amplifierCelsius: round(this.#airCelsius() + 4 + this.#heatCelsius, 1),
        cpuPercent: round(4 + 4 * this.#unit(4) + (this.#amplifierOn ? 9 : 0) + this.#wander(1, 60_000), 0),
        memoryMb: round(84 + 10 * this.#unit(5), 0),
        diskFreeMb: round(20_000 + 6_000 * this.#unit(6), 0),
        signalDbm: round(-72 - 20 * this.#unit(7) + 4 * this.#wander(2, 900_000), 0),
        dataUsedMb: this.#dataPlanEmpty ? dataPlanMb : round(400 + 900 * this.#unit(8) + uptimeMs / 3_600_000, 0),
        dataPlanMb,
        doorOpen: this.#doorOpen,
        amplifierOn: this.#amplifierOn,
        underVoltage: this.#volts() < 11,
      },
      speakers: [...this.#states].map(([code, state]) => ({ code, state })),
    };
  }

  /** Lets the time since the last look pass over battery and heat sink. */
  #pass(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const passedMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    const hours = this.#mainsOn ? CHARGE_HOURS : this.#amplifierOn ? PLAYING_HOURS : IDLE_HOURS;
    const change = (passedMs / (hours * 3_600_000)) * 100;
    this.#batteryPercent = Math.min(100, Math.max(0, this.#batteryPercent + (this.#mainsOn ? change : -change)));
    const goalCelsius = this.#amplifierOn ? 24 : 0;
    this.#heatCelsius += (goalCelsius - this.#heatCelsius) * (1 - Math.exp(-passedMs / HEATING_MS));
  }

  /** A lead battery: 12.7 V when full and resting, 11.6 V half-way down the knee, 13.6 V while it is charged. */
  #volts(): number {
    if (this.#mainsOn) return 13.2 + 0.4 * (this.#batteryPercent / 100);
    const resting = 11.4 + 1.3 * (this.#batteryPercent / 100) - (this.#batteryPercent < 10 ? (10 - this.#batteryPercent) * 0.08 : 0);
    return resting - (this.#amplifierOn ? 0.3 : 0);
  }

  /** A day in the delta: coolest at 05:00, hottest at 14:00. */
  #airCelsius(): number {
    const hour = ((this.#options.clock.nowMs() / 3_600_000 + 7) % 24) - 14;
    return 25 + 6 * Math.cos((hour / 24) * 2 * Math.PI) + this.#own(2);
  }

  /** What is this box's own, 0 to 1, by place in the seed. */
  #unit(place: number): number {
    return (this.#seed[place % this.#seed.length] ?? 0) / 255;
  }

  #own(place: number): number {
    return this.#unit(place) * 2 - 1;
  }

  /** A smooth wandering between −1 and 1: three slow waves with this box's own phases. */
  #wander(place: number, periodMs: number): number {
    const atMs = this.#options.clock.nowMs();
    let sum = 0;
    for (let wave = 1; wave <= 3; wave++) sum += Math.sin((atMs / periodMs) * wave * 1.7 + this.#unit(9 + place * 3 + wave) * 2 * Math.PI);
    return sum / 3;
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
