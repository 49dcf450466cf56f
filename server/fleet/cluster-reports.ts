import { type Health, health as healthSchema } from '@tieng-lang/shared/contract/health';
import { agentState } from '@tieng-lang/shared/contract/state';
import type { ClusterAddress } from '@tieng-lang/shared/contract/topics';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type * as z from 'zod';
import type { Link } from '../broker/link.ts';
import type { Events } from '../events.ts';
import { Presence } from './presence.ts';
import type { StateStore } from './state-store.ts';
import type { Sample, TelemetryStore } from './telemetry-store.ts';

/** What is written late is said anew by the clusters when the server was killed: one write a second is enough. */
const WRITE_MS = 1000;
/** Measurements that wait to be written; 15 clusters bring one in 20 s. When the disk stands still, the oldest go. */
const SAMPLES_MAX = 5000;
/** Raw measurements are kept this long. */
const TELEMETRY_LIFE_MS = 90 * 86_400_000;

export interface ClusterReportsOptions {
  link: Pick<Link, 'handle' | 'observe'>;
  states: StateStore;
  telemetry: TelemetryStore;
  events: Events;
  clock: Clock;
  log: Logger;
  station: () => string;
}

/** Takes in what clusters say of themselves: who is there, how each is, and how it was. */
export class ClusterReports {
  readonly presence: Presence;
  readonly #options: ClusterReportsOptions;
  readonly #codes = new Set<string>();
  readonly #health = new Map<string, Health>();
  readonly #unsaved = new Set<string>();
  readonly #samples: Sample[] = [];
  readonly #endings: (() => void)[] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(options: ClusterReportsOptions) {
    this.#options = options;
    this.presence = new Presence({
      clock: options.clock,
      onChange: (cluster) => this.#changed(cluster),
      onConnected: (cluster) => options.events.emit('cluster connected', { cluster }),
    });
  }

  async start(): Promise<void> {
    const { states, link, events } = this.#options;
    for (const { cluster, last, lastSeenAtMs, health } of await states.all()) {
      this.presence.restore(cluster, { last, lastSeenAtMs });
      if (health) this.#health.set(cluster, health);
    }
    link.observe((from, _leaf, receivedAtMs) => {
      if (this.#isOurs(from)) this.presence.heard(from.cluster, receivedAtMs);
    });
    link.handle('state', (from, payload) => this.#state(from, payload));
    link.handle('health', (from, payload, receivedAtMs) => this.#measured(from, payload, receivedAtMs));
    this.#endings.push(
      events.on('broker lost', () => this.presence.brokerLost()),
      events.on('broker connected', () => this.presence.brokerBack()),
    );
  }

  /** Telemetry has its term. */
  async forget(): Promise<void> {
    const { telemetry, clock, log } = this.#options;
    const rows = await telemetry.forget(clock.nowMs() - TELEMETRY_LIFE_MS);
    log.info({ event: 'telemetry-forgotten', rows });
  }

  async stop(): Promise<void> {
    for (const end of this.#endings.splice(0)) end();
    this.presence.stop();
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#writing;
    // When each was heard last is written with its changes only; now once for all.
    for (const code of this.#codes) this.#unsaved.add(code);
    await this.#write();
  }

  /** The clusters whose word counts; a message of any other is dropped. */
  know(codes: readonly string[]): void {
    this.#codes.clear();
    for (const code of codes) this.#codes.add(code);
  }

  get total(): number {
    return this.#codes.size;
  }

  /** What it measured last; undefined before its first word. */
  health(cluster: string): Health | undefined {
    return this.#health.get(cluster);
  }

  #state(from: ClusterAddress, payload: Buffer): void {
    const state = this.#read('state', from, payload, agentState);
    if (state) this.presence.said(from.cluster, state);
  }

  #measured(from: ClusterAddress, payload: Buffer, receivedAtMs: number): void {
    const health = this.#read('health', from, payload, healthSchema);
    if (!health) return;
    this.#health.set(from.cluster, health);
    // By the server's clock: a device's own may stand in 1970.
    this.#samples.push({ cluster: from.cluster, atMs: receivedAtMs, measurements: health.measurements });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.splice(0, this.#samples.length - SAMPLES_MAX);
    this.#changed(from.cluster);
  }

  #read<Schema extends z.ZodType>(leaf: string, from: ClusterAddress, payload: Buffer, schema: Schema): z.output<Schema> | undefined {
    // A retained state that was cleared arrives as nothing at all.
    if (!this.#isOurs(from) || payload.length === 0) return undefined;
    const parsed = schema.safeParse(jsonOf(payload));
    if (parsed.success) return parsed.data;
    this.#options.log.warn({ event: 'message-refused', leaf, cluster: from.cluster, issues: parsed.error.issues.slice(0, 3) });
    return undefined;
  }

  #isOurs(from: ClusterAddress): boolean {
    return from.station === this.#options.station() && this.#codes.has(from.cluster);
  }

  #changed(cluster: string): void {
    this.#unsaved.add(cluster);
    this.#options.events.emit('cluster changed', { cluster });
    this.#timer ??= this.#options.clock.after(WRITE_MS, () => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const { states, telemetry, log } = this.#options;
    const clusters = [...this.#unsaved];
    const samples = this.#samples.splice(0);
    this.#unsaved.clear();
    try {
      await states.save(clusters.map((cluster) => ({ cluster, ...this.presence.record(cluster), health: this.#health.get(cluster) })));
      await telemetry.add(samples);
    } catch (error) {
      // It is said anew with the next change; what was measured in this second is lost.
      log.error({ event: 'cluster-states-not-written', clusters: clusters.length, samples: samples.length, err: error });
    }
  }
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
