import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Logger } from 'pino';

/** libgpiod's programs answer at once. */
const TIMEOUT_MS = 2_000;

/** Lines of the GPIO chip by libgpiod's programs: no compiler is needed on the device, and 1.6 and 2.x both will do. */
export class Gpio {
  readonly #chip: string;
  readonly #log: Logger;
  readonly #held = new Map<number, ChildProcess>();
  #version: Promise<1 | 2 | undefined> | undefined;

  constructor(options: { chip: string; log: Logger }) {
    this.#chip = options.chip;
    this.#log = options.log;
  }

  /** Holds a line high for as long as the child lives; the kernel lets go of it when the agent dies with its child. */
  async hold(line: number): Promise<void> {
    if (this.#held.has(line)) return;
    const version = await this.#programVersion();
    if (version === undefined) return;
    const args = version === 1 ? ['--mode=signal', this.#chip, `${line}=1`] : ['-c', this.#chip, `${line}=1`];
    const child = spawn('gpioset', args, { stdio: 'ignore' });
    this.#held.set(line, child);
    child.on('error', (error) => this.#log.error({ event: 'gpio-failed', line, err: error }));
    child.on('exit', (code) => {
      if (this.#held.get(line) !== child) return;
      this.#held.delete(line);
      this.#log.error({ event: 'gpio-let-go', line, code });
    });
  }

  release(line: number): void {
    const child = this.#held.get(line);
    this.#held.delete(line);
    child?.kill('SIGTERM');
  }

  /** Undefined where there is no such line or no program. */
  async read(line: number): Promise<boolean | undefined> {
    const version = await this.#programVersion();
    if (version === undefined) return undefined;
    const args = version === 1 ? [this.#chip, String(line)] : ['--numeric', '-c', this.#chip, String(line)];
    const text = (await run('gpioget', args))?.trim();
    return text === '1' ? true : text === '0' ? false : undefined;
  }

  #programVersion(): Promise<1 | 2 | undefined> {
    this.#version ??= run('gpioset', ['--version']).then((text) => {
      const major = /v?(\d+)\./.exec(text ?? '')?.[1];
      return major === undefined ? undefined : Number(major) >= 2 ? 2 : 1;
    });
    return this.#version;
  }
}

function run(program: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Absent or refused: this box then has no such line.
    execFile(program, args, { timeout: TIMEOUT_MS, maxBuffer: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
