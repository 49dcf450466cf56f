import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';

/** A log is set aside (one generation is kept) when a start finds it larger than this. */
const LOG_BYTES_MAX = 20_000_000;
/** A child that dies is started again after this long, doubling to the maximum; a minute of health sets it back. */
const RESTART_MS = 500;
const RESTART_MAX_MS = 30_000;
const HEALTHY_MS = 60_000;
/** A child that was asked to stop and has not gone by then is killed: longer than any close of its own. */
const STOP_MS = 10_000;

export interface ChildOptions {
  name: string;
  entry: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  clock: Clock;
  onMessage(message: unknown, reply: (answer: object) => void): void;
  /** The child went without being asked to; `again` says that it will be started anew. */
  onExit(code: number | null, signal: NodeJS.Signals | null): { again: boolean };
}

/** One program of ours as a child process: its output in a log, started again when it dies, stopped within bounds. */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #log: WriteStream | undefined;
  #stopping = false;
  #restart: Timer | undefined;
  #restartMs = RESTART_MS;
  #startedAtMs = 0;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    this.#log ??= openLog(this.#options.logFile);
    this.#stopping = false;
    this.#launch();
  }

  send(message: object): void {
    if (this.#process?.connected) this.#process.send(message);
  }

  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#restart?.cancel();
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const killer = this.#options.clock.after(STOP_MS, () => child.kill('SIGKILL'));
      await gone;
      killer.cancel();
    }
    await new Promise<void>((resolve) => (this.#log ? this.#log.end(() => resolve()) : resolve()));
    this.#log = undefined;
  }

  #launch(): void {
    const { entry, args, env, clock } = this.#options;
    this.#startedAtMs = clock.monotonicMs();
    const child = fork(entry, args ?? [], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#process = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#log?.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log?.write(chunk);
      process.stderr.write(chunk);
    });
    child.on('message', (message) => this.#options.onMessage(message, (answer) => this.send(answer)));
    child.on('error', (error) => this.#log?.write(`${String(error)}\n`));
    child.on('exit', (code, signal) => this.#exited(code, signal));
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopping) return;
    const { clock, onExit } = this.#options;
    if (clock.monotonicMs() - this.#startedAtMs > HEALTHY_MS) this.#restartMs = RESTART_MS;
    if (!onExit(code, signal).again) return;
    this.#restart = clock.after(this.#restartMs, () => this.#launch());
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS);
  }
}

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return createWriteStream(file, { flags: 'a' });
}
