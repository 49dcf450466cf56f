import { readFile, statfs } from 'node:fs/promises';
import type { Measurements } from '@tieng-lang/shared/contract/health';
import type { Logger } from 'pino';
import type { Amplifier } from '../player/contract.ts';
import { Gpio } from './gpio.ts';
import type { Hardware, Reading } from './hardware.ts';

export interface RaspberryPiOptions {
  speakers: readonly string[];
  dataDir: string;
  log: Logger;
  /** GPIO lines by what is wired to them; what is not wired is absent. */
  lines: { amplifier?: number; door?: number; mains?: number };
  chip?: string;
  /** Where /proc and /sys are. */
  root?: string;
}

/** Bits of the firmware's throttle word: 0 is under-voltage now. */
const UNDER_VOLTAGE = 1;

/**
 * The real box: /proc, /sys and GPIO lines. Line sense, battery and modem need boards that differ from box to box and
 * are absent until one is named; the speakers' state is then unknown.
 */
export class RaspberryPi implements Hardware {
  readonly #options: RaspberryPiOptions;
  readonly #gpio: Gpio;
  #amplifierOn = false;
  #cpu: { busy: number; all: number } | undefined;
  readonly amplifier: Amplifier = { switch: (on) => this.#switch(on) };

  constructor(options: RaspberryPiOptions) {
    this.#options = options;
    this.#gpio = new Gpio({ chip: options.chip ?? 'gpiochip0', log: options.log });
  }

  async start(): Promise<void> {
    this.#cpu = await this.#cpuTimes();
  }

  async stop(): Promise<void> {
    this.#switch(false);
  }

  async read(): Promise<Reading> {
    const { door, mains } = this.#options.lines;
    const measurements: Measurements = { amplifierOn: this.#amplifierOn };
    const put = <Name extends keyof Measurements>(name: Name, value: Measurements[Name] | undefined) => {
      if (value !== undefined) measurements[name] = value;
    };
    put('boardCelsius', await this.#celsius());
    put('cpuPercent', await this.#cpuPercent());
    put('memoryMb', await this.#memoryMb());
    put('diskFreeMb', await this.#diskFreeMb());
    put('underVoltage', await this.#underVoltage());
    put('doorOpen', door === undefined ? undefined : await this.#gpio.read(door));
    put('mainsOn', mains === undefined ? undefined : await this.#gpio.read(mains));
    return { measurements, speakers: this.#options.speakers.map((code) => ({ code, state: 'unknown' })) };
  }

  #switch(on: boolean): void {
    this.#amplifierOn = on;
    const line = this.#options.lines.amplifier;
    if (line === undefined) return;
    if (!on) {
      this.#gpio.release(line);
      return;
    }
    this.#gpio.hold(line).then(
      // Switched off again while the program was being looked for.
      () => this.#amplifierOn || this.#gpio.release(line),
      (error: unknown) => this.#options.log.error({ event: 'amplifier-failed', err: error }),
    );
  }

  async #celsius(): Promise<number | undefined> {
    const milli = Number(await this.#text('sys/class/thermal/thermal_zone0/temp'));
    return Number.isFinite(milli) && milli > 0 ? Math.round(milli / 100) / 10 : undefined;
  }

  async #underVoltage(): Promise<boolean | undefined> {
    const word = await this.#text('sys/devices/platform/soc/soc:firmware/get_throttled');
    return word === undefined ? undefined : (Number.parseInt(word, 16) & UNDER_VOLTAGE) !== 0;
  }

  async #memoryMb(): Promise<number | undefined> {
    const text = (await this.#text('proc/meminfo')) ?? '';
    const [total, free] = ['MemTotal', 'MemAvailable'].map((name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]));
    return total !== undefined && free !== undefined && total > 0 ? Math.round((total - free) / 1024) : undefined;
  }

  async #diskFreeMb(): Promise<number | undefined> {
    const disk = await statfs(this.#options.dataDir).catch(() => undefined);
    return disk && Math.round((disk.bavail * disk.bsize) / 1e6);
  }

  async #cpuPercent(): Promise<number | undefined> {
    const before = this.#cpu;
    this.#cpu = await this.#cpuTimes();
    if (!before || !this.#cpu || this.#cpu.all <= before.all) return undefined;
    return Math.round(((this.#cpu.busy - before.busy) / (this.#cpu.all - before.all)) * 100);
  }

  /** proc(5): user nice system idle iowait irq softirq steal, in ticks. */
  async #cpuTimes(): Promise<{ busy: number; all: number } | undefined> {
    const line = /^cpu +(.+)$/m.exec((await this.#text('proc/stat')) ?? '')?.[1];
    const ticks = line?.split(' ').slice(0, 8).map(Number);
    if (!ticks?.every(Number.isFinite)) return undefined;
    const all = ticks.reduce((sum, value) => sum + value, 0);
    return { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
  }

  #text(path: string): Promise<string | undefined> {
    // A file that is not there is a sensor that this box has not got.
    return readFile(`${this.#options.root ?? ''}/${path}`, 'utf8').catch(() => undefined);
  }
}
