import { type ChildProcess, fork } from 'node:child_process';
import { SERVER_CLIENT_ID } from '@tieng-lang/shared/contract/topics';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { LogLevel } from '../log.ts';
import type { AdmittedDevice, AuthorityService, DeviceAdmission } from '../services.ts';
import { brokerEntry } from './broker-entry.ts';
import { type FromBroker, fromBroker, type ToBroker } from './broker-messages.ts';

/** A broker that died is started again after this long, doubling to the maximum; a minute of health sets it back. */
const RESTART_MS = 250;
const RESTART_MAX_MS = 15_000;
const HEALTHY_MS = 60_000;
/** A Node process is up in half a second; on a Pi under load in several. */
const LISTEN_TIMEOUT_MS = 20_000;
/** An answer over a pipe to an idle process. */
const APPLY_TIMEOUT_MS = 3000;
const STOP_TIMEOUT_MS = 3000;

export interface BrokerOptions {
  host: string;
  /** 0: any free one; it stays the same when the broker is started again. */
  port: number;
  authority: Pick<AuthorityService, 'serverCredentials' | 'clientCredentials' | 'onRenewed'>;
  clock: Clock;
  log: Logger;
  events: Events;
}

export interface Broker extends DeviceAdmission {
  /** @throws CodedError `port-busy` */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Where it listens; 0 until it has started. */
  readonly port: number;
  /** The process, for drills. */
  readonly pid: number | undefined;
  /** Kills and replaces the process: it is there and does not deliver. */
  replace(reason: string): void;
}

/** The embedded broker: a child process, started again when it dies, that lets in whom it is told. */
export function createBroker(options: BrokerOptions): Broker {
  return new ChildBroker(options);
}

class ChildBroker implements Broker {
  readonly #options: BrokerOptions;
  readonly #applied = new Map<number, () => void>();
  #devices: readonly AdmittedDevice[] = [];
  #listNumber = 0;
  #child: ChildProcess | undefined;
  #port = 0;
  #running = false;
  /** Its first start succeeded: from then on it is brought back, before that a failure is the caller's to hear. */
  #started = false;
  #restart: Timer | undefined;
  #restartMs = RESTART_MS;
  #startedAtMs = 0;
  #listening: { resolve: (port: number) => void; reject: (error: Error) => void } | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#port = this.#options.port;
    this.#options.authority.onRenewed(() => this.#send({ type: 'tls', tls: this.#options.authority.serverCredentials() }));
    try {
      this.#port = await this.#launch();
      this.#started = true;
    } catch (error) {
      this.#running = false;
      this.#child?.kill('SIGKILL');
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#started = false;
    this.#restart?.cancel();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#send({ type: 'stop' });
    const killer = this.#options.clock.after(STOP_TIMEOUT_MS, () => child.kill('SIGKILL'));
    await gone;
    killer.cancel();
  }

  async updateDevices(devices: readonly AdmittedDevice[]): Promise<void> {
    this.#devices = [...devices];
    // A broker that is being started gets the list with its configuration.
    if (!this.#child?.connected) return;
    const number = ++this.#listNumber;
    const { clock, log } = this.#options;
    await new Promise<void>((resolve) => {
      const late = clock.after(APPLY_TIMEOUT_MS, () => {
        log.warn({ event: 'device-list-not-confirmed', number });
        done();
      });
      const done = () => {
        late.cancel();
        this.#applied.delete(number);
        resolve();
      };
      this.#applied.set(number, done);
      this.#send({ type: 'devices', number, devices: this.#list() });
    });
  }

  replace(reason: string): void {
    this.#options.log.error({ event: 'broker-replaced', reason, pid: this.pid });
    this.#child?.kill('SIGKILL');
  }

  /** Starts a process and resolves with its port. */
  #launch(): Promise<number> {
    const { clock } = this.#options;
    this.#startedAtMs = clock.monotonicMs();
    // Whatever options this process was given are not the broker's.
    const child = fork(brokerEntry(), [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child = child;
    return new Promise<number>((resolve, reject) => {
      const late = clock.after(LISTEN_TIMEOUT_MS, () => {
        this.#listening?.reject(new Error('the broker process did not listen in time'));
      });
      const settle = (run: () => void) => {
        late.cancel();
        this.#listening = undefined;
        run();
      };
      this.#listening = { resolve: (port) => settle(() => resolve(port)), reject: (error) => settle(() => reject(error)) };
      child.on('message', (raw) => this.#hear(child, fromBroker.parse(raw)));
      child.on('error', (error) => this.#listening?.reject(error));
      child.on('exit', (code, signal) => this.#exited(child, code, signal));
    });
  }

  #hear(child: ChildProcess, message: FromBroker): void {
    if (child !== this.#child) return;
    const { log, events, host, authority } = this.#options;
    if (message.type === 'ready') {
      const tls = authority.serverCredentials();
      this.#send({ type: 'configure', host, port: this.#port, tls, devices: this.#list(), logLevel: log.level as LogLevel });
    } else if (message.type === 'listening') {
      log.info({ event: 'broker-listening', port: message.port, pid: child.pid });
      this.#listening?.resolve(message.port);
    } else if (message.type === 'listen-failed') {
      this.#listening?.reject(listenError(message, this.#port));
    } else if (message.type === 'devices-applied') {
      this.#applied.get(message.number)?.();
    } else {
      for (const item of message.items) {
        log.warn({ event: 'publish-refused', ...item });
        events.emit('publish refused', item);
      }
    }
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (child !== this.#child) return;
    const { log, clock } = this.#options;
    this.#listening?.reject(new Error(`the broker process ended (${code ?? signal}) before it listened`));
    if (!this.#running || !this.#started) return;
    if (clock.monotonicMs() - this.#startedAtMs > HEALTHY_MS) this.#restartMs = RESTART_MS;
    log.error({ event: 'broker-ended', code, signal, restartInMs: this.#restartMs });
    this.#restart = clock.after(this.#restartMs, () => {
      this.#launch().catch((error: unknown) => {
        log.error({ event: 'broker-start-failed', err: error });
        this.#child?.kill('SIGKILL');
      });
    });
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS);
  }

  #send(message: ToBroker): void {
    if (this.#child?.connected) this.#child.send(message);
  }

  /** The devices, and the server itself. */
  #list(): AdmittedDevice[] {
    return [...this.#devices, { deviceId: SERVER_CLIENT_ID, serial: this.#options.authority.clientCredentials().serial }];
  }
}

function listenError({ code, message }: { code: string; message: string }, port: number): Error {
  if (code === 'EADDRINUSE') return new CodedError('port-busy', { params: { port, variable: 'TL_MQTT_PORT' } });
  return new Error(`the broker cannot listen: ${message}`);
}
