import { randomUUID } from 'node:crypto';
import type { AgentState } from '@tieng-lang/shared/contract/state';
import { AGENT_SUBSCRIBES, type AgentPublishes, type AgentSubscribes, parseTopic, topicOf } from '@tieng-lang/shared/contract/topics';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Logger } from 'pino';
import { retryDelayMs } from '../retry.ts';
import type { Identity } from './identity.ts';
import type { Uplink } from './uplink.ts';

/** mqtt.js would come back every second, all agents in the same instant. A minute at most keeps a repaired link useful. */
const RETRY = { firstMs: 1_000, capMs: 60_000 };

/** A connection that lived this long was a good one: the next failure starts the back-off from the beginning. */
const STABLE_MS = 30_000;

/** 4G carriers drop flows that are silent, some after 2.5 minutes, without telling either end. */
const KEEPALIVE_S = 30;

/** TCP, TLS and CONNACK on a bad link. */
const CONNECT_TIMEOUT_MS = 20_000;

const SUBSCRIBE_TIMEOUT_MS = 15_000;
const PUBLISH_TIMEOUT_MS = 15_000;

/** Bytes that may wait in the socket for QoS 0 messages; beyond it they are dropped, as late ones are worth nothing. */
const BACKLOG_BYTES_MAX = 64_000;

export interface Incoming {
  leaf: AgentSubscribes;
  payload: Buffer;
  /** Monotonic instant of the reception, ms: stamped before anything else is done with the message. */
  receivedAtMs: number;
}

export interface ConnectionOptions {
  identity: Identity;
  clock: Clock;
  log: Logger;
  random?: () => number;
  onMessage: (message: Incoming) => void;
  /** Subscribed, and free to publish. The caller says "online" first of all, with this nonce. */
  onConnected: (nonce: string) => void;
  onDisconnected: () => void;
}

/**
 * The connection to the broker: TLS with the device's own certificate, one MQTT client a connection, so that nothing of
 * an old one is ever sent again on a new one. What arrives may be lost or come twice: plan and override are retained
 * and versioned, orders are repeated until answered, so an acknowledgement on MQTT's level carries no meaning here.
 */
export class Connection implements Uplink {
  readonly #options: ConnectionOptions;
  readonly #random: () => number;
  #running = false;
  #client: MqttClient | undefined;
  #ready = false;
  /** What waits for an answer of the broker; all of it fails with the connection. */
  readonly #waiting = new Set<(error: Error) => void>();
  #failures = 0;
  #stable: Timer | undefined;
  #retry: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get connected(): boolean {
    return this.#ready;
  }

  start(): void {
    this.#running = true;
    this.#connect();
  }

  /** Takes leave properly; a state of "offline" was published by the caller before, as a clean end sends no will. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = undefined;
    this.#lost();
    if (client) await this.#end(client);
  }

  publish(leaf: AgentPublishes, payload: string | Uint8Array, options: { qos: 0 | 1; retain?: boolean }): Promise<void> {
    const client = this.#client;
    if (!client || !this.#ready) return Promise.reject(new Error('not connected'));
    if (options.qos === 0 && client.stream.writableLength > BACKLOG_BYTES_MAX) return Promise.reject(new Error('link congested'));
    const bytes = typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const topic = topicOf(this.#options.identity, leaf);
    return this.#within(PUBLISH_TIMEOUT_MS, 'publish timed out', (done) => {
      client.publish(topic, bytes, { qos: options.qos, retain: options.retain ?? false }, (error) => done(error ?? undefined));
    });
  }

  #connect(): void {
    const nonce = randomUUID();
    const client = mqtt.connect(this.#options.identity.brokerUrl, this.#clientOptions(nonce));
    this.#client = client;
    let reason = 'closed';
    client.on('message', (topic, payload) => {
      const receivedAtMs = this.#options.clock.monotonicMs();
      this.#receive(topic, payload, receivedAtMs);
    });
    client.on('error', (error) => {
      reason = error.message;
    });
    client.on('connect', () => {
      this.#subscribed(client).then(
        () => {
          if (this.#client !== client) return;
          this.#ready = true;
          this.#stable = this.#options.clock.after(STABLE_MS, () => {
            this.#failures = 0;
          });
          this.#options.log.info({ event: 'connected', nonce });
          this.#options.onConnected(nonce);
        },
        (error: unknown) => {
          reason = error instanceof Error ? error.message : String(error);
          client.end(true);
        },
      );
    });
    client.on('close', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      client.end(true);
      this.#lost();
      for (const fail of [...this.#waiting]) fail(new Error(`connection lost: ${reason}`));
      if (this.#running) this.#scheduleRetry(reason);
    });
  }

  #clientOptions(nonce: string): IClientOptions {
    const { identity } = this.#options;
    const will: AgentState = { state: 'offline', nonce };
    return {
      clientId: identity.deviceId,
      clean: true,
      protocolVersion: 4,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      ca: identity.authority,
      cert: identity.certificate,
      key: identity.privateKey,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      will: { topic: topicOf(identity, 'state'), payload: Buffer.from(JSON.stringify(will)), qos: 1, retain: true },
    } as IClientOptions;
  }

  #subscribed(client: MqttClient): Promise<void> {
    const topics = AGENT_SUBSCRIBES.map((leaf) => topicOf(this.#options.identity, leaf));
    return this.#within(SUBSCRIBE_TIMEOUT_MS, 'subscribing timed out', (done) => {
      client.subscribe(topics, { qos: 1 }, (error, grants) => {
        // MQTT 3.1.1 §3.9.3: 128 says "refused" inside a good SUBACK.
        const refused = grants?.find((grant) => Number(grant.qos) === 128);
        done(error ?? (refused ? new Error(`subscription refused: ${refused.topic}`) : undefined));
      });
    });
  }

  #receive(topic: string, payload: Buffer, receivedAtMs: number): void {
    const { identity, log, onMessage } = this.#options;
    const parsed = parseTopic(topic);
    const leaf = AGENT_SUBSCRIBES.find((known) => known === parsed?.leaf);
    if (!leaf || parsed?.station !== identity.station || parsed.cluster !== identity.cluster) {
      log.warn({ event: 'message-of-foreign-topic', topic: topic.slice(0, 200) });
      return;
    }
    onMessage({ leaf, payload, receivedAtMs });
  }

  #scheduleRetry(reason: string): void {
    this.#failures += 1;
    const delayMs = retryDelayMs(this.#failures, RETRY, this.#random);
    this.#options.log.warn({ event: 'connection-lost', reason, failures: this.#failures, retryInMs: Math.round(delayMs) });
    this.#retry = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #lost(): void {
    this.#stable?.cancel();
    if (!this.#ready) return;
    this.#ready = false;
    this.#options.onDisconnected();
  }

  #end(client: MqttClient): Promise<void> {
    return this.#within(2_000, 'end timed out', (done) => {
      client.end(false, {}, () => done(undefined));
    }).catch(() => {
      client.end(true);
    });
  }

  #within(limitMs: number, late: string, run: (done: (error: Error | undefined) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined) => {
        timer.cancel();
        this.#waiting.delete(done);
        if (error) reject(error);
        else resolve();
      };
      const timer = this.#options.clock.after(limitMs, () => done(new Error(late)));
      this.#waiting.add(done);
      run(done);
    });
  }
}
