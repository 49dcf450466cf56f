import {
  AGENT_PUBLISHES,
  type AgentPublishes,
  type ClusterAddress,
  filterOf,
  parseTopic,
  SERVER_CLIENT_ID,
  topicOf,
} from '@tieng-lang/shared/contract/topics';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import mqtt, { type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { AuthorityService, BrokerLink } from '../services.ts';
import { CANARY_TOPIC } from './topic-rules.ts';

/** The broker stands on this machine or in the next room, and nothing works without it: back soon, never in step. */
const BACKOFF_MS = 200;
const BACKOFF_MAX_MS = 10_000;
/** TCP, TLS, CONNACK and the subscriptions. */
const CONNECT_TIMEOUT_MS = 10_000;
/** What has not been acknowledged by then is the caller's to send again; the contract of `BrokerLink.publish`. */
const PUBLISH_TIMEOUT_MS = 5000;
const KEEPALIVE_S = 30;
/** Publishes that wait for their acknowledgement; more means that the broker is stuck, and memory is not the place to wait. */
const IN_FLIGHT_MAX = 5000;
/** Aedes went silent after weeks in some installations, with its connections up: the link listens for itself. */
const CANARY_MS = 10_000;
const CANARIES_LOST_MAX = 3;

export interface LinkOptions {
  /** `mqtts://host:port`, asked for at each attempt: the embedded broker's port is known when it listens. */
  url: () => string;
  authority: Pick<AuthorityService, 'clientCredentials'>;
  clock: Clock;
  log: Logger;
  events: Events;
  /** The broker is connected and delivers nothing any more. The link itself reconnects either way. */
  onSilent?: () => void;
}

type Observer = (from: ClusterAddress, leaf: AgentPublishes, receivedAtMs: number) => void;

export interface Link extends BrokerLink {
  /** Resolves at once; the connection is made, and made again, in the background. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Called for every message of every cluster, before its handler. */
  observe(observer: Observer): void;
}

/** The server's own connection, to the embedded broker as to an external one. */
export function createLink(options: LinkOptions): Link {
  return new MqttLink(options);
}

class MqttLink implements Link {
  readonly #options: LinkOptions;
  readonly #handlers = new Map<AgentPublishes, Parameters<BrokerLink['handle']>[1]>();
  readonly #observers = new Set<Observer>();
  #client: MqttClient | undefined;
  #connected = false;
  #running = false;
  #retry: Timer | undefined;
  #attempt = 0;
  #canary: Timer | undefined;
  #canariesLost = 0;
  #inFlight = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async start(): Promise<void> {
    this.#running = true;
    this.#connect();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#retry?.cancel();
    this.#canary?.cancel();
    const client = this.#client;
    this.#client = undefined;
    this.#connected = false;
    if (client) await client.endAsync(true);
  }

  handle(leaf: AgentPublishes, handler: Parameters<BrokerLink['handle']>[1]): void {
    if (this.#handlers.has(leaf)) throw new Error(`${leaf} is handled already`);
    this.#handlers.set(leaf, handler);
  }

  observe(observer: Observer): void {
    this.#observers.add(observer);
  }

  async publish(...[address, leaf, payload, options]: Parameters<BrokerLink['publish']>): Promise<void> {
    await this.#send(topicOf(address, leaf), payload, options);
  }

  #send(topic: string, payload: string | Uint8Array, options: { qos: 0 | 1; retain?: boolean }): Promise<void> {
    const client = this.#client;
    if (!client || !this.#connected) return Promise.reject(new CodedError('unavailable'));
    if (this.#inFlight >= IN_FLIGHT_MAX) return Promise.reject(new CodedError('unavailable'));
    this.#inFlight++;
    return new Promise<void>((resolve, reject) => {
      let open = true;
      const end = (error: unknown) => {
        if (!open) return;
        open = false;
        this.#inFlight--;
        late.cancel();
        if (error) reject(new CodedError('unavailable', { cause: error }));
        else resolve();
      };
      const late = this.#options.clock.after(PUBLISH_TIMEOUT_MS, () => end(new Error('not acknowledged in time')));
      const body = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      client.publish(topic, body, { qos: options.qos, retain: options.retain ?? false }, (error) => end(error));
    });
  }

  #connect(): void {
    const { authority, log, clock, events } = this.#options;
    const { key, certificate, authority: ca } = authority.clientCredentials();
    // A new client for each attempt: the library's own would keep what it did not deliver and send it years later.
    const client = mqtt.connect(this.#options.url(), {
      clientId: SERVER_CLIENT_ID,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      key,
      cert: certificate,
      ca,
      rejectUnauthorized: true,
    });
    this.#client = client;
    client.on('connect', () => {
      this.#subscribe(client).catch((error: unknown) => {
        log.warn({ event: 'broker-subscribe-failed', err: error });
        client.end(true);
      });
    });
    client.on('message', (topic, payload) => {
      const receivedAtMs = clock.nowMs();
      this.#receive(topic, payload, receivedAtMs);
    });
    client.on('error', (error) => log.warn({ event: 'broker-link-error', reason: error.message }));
    client.on('close', () => {
      if (client !== this.#client) return;
      this.#client = undefined;
      this.#canary?.cancel();
      const lost = this.#connected;
      this.#connected = false;
      client.end(true);
      if (lost) {
        log.warn({ event: 'broker-lost' });
        events.emit('broker lost', {});
      }
      if (this.#running) this.#retryLater();
    });
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const filters = Object.fromEntries([...AGENT_PUBLISHES.map(filterOf), CANARY_TOPIC].map((filter) => [filter, { qos: 1 as const }]));
    const granted = await client.subscribeAsync(filters);
    const refused = granted.filter(({ qos }) => qos > 2).map(({ topic }) => topic);
    if (refused.length > 0) throw new Error(`refused: ${refused.join(', ')}`);
    if (client !== this.#client || !client.connected) return;
    this.#connected = true;
    this.#attempt = 0;
    this.#canariesLost = 0;
    this.#canary = this.#options.clock.every(CANARY_MS, () => this.#sing());
    this.#options.log.info({ event: 'broker-connected' });
    this.#options.events.emit('broker connected', {});
  }

  #retryLater(): void {
    const capMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** Math.min(this.#attempt++, 10));
    // Full jitter: several servers of a province lose one broker at one moment.
    this.#retry = this.#options.clock.after(Math.random() * capMs, () => this.#connect());
  }

  #sing(): void {
    if (this.#canariesLost >= CANARIES_LOST_MAX) {
      this.#options.log.error({ event: 'broker-silent', canariesLost: this.#canariesLost });
      this.#options.onSilent?.();
      this.#client?.end(true);
      return;
    }
    this.#canariesLost++;
    this.#send(CANARY_TOPIC, '', { qos: 0 }).catch((error: unknown) => this.#options.log.debug({ event: 'canary-not-sent', err: error }));
  }

  #receive(topic: string, payload: Buffer, receivedAtMs: number): void {
    if (topic === CANARY_TOPIC) {
      this.#canariesLost = 0;
      return;
    }
    const from = parseTopic(topic);
    const leaf = from && AGENT_PUBLISHES.find((name) => name === from.leaf);
    if (!from || !leaf) return;
    const address = { station: from.station, cluster: from.cluster };
    // One message that makes a handler throw must not take the connection, and every other message, with it.
    const failed = (error: unknown) => this.#options.log.error({ event: 'message-handler-failed', topic, err: error });
    try {
      for (const observer of this.#observers) observer(address, leaf, receivedAtMs);
      Promise.resolve(this.#handlers.get(leaf)?.(address, payload, receivedAtMs)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
