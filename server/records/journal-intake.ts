import type { Alarm } from '@tieng-lang/shared/contract/journal';
import { addressOfDevice, type ClusterAddress } from '@tieng-lang/shared/contract/topics';
import { type Clock, toIso } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { BrokerLink } from '../services.ts';
import { readBatch } from './journal-reader.ts';
import type { Ingested, JournalStore } from './journal-store.ts';

/** Batches that wait for the disk: two from each cluster of the largest commune. A dropped one is sent again. */
const WAITING_MAX = 200;
/** The same refusal from the same cluster is one alarm an hour: a device gone mad says it a thousand times a second. */
const SAME_ALARM_MS = 3_600_000;

export interface JournalIntakeOptions {
  link: BrokerLink;
  store: JournalStore;
  events: Events;
  clock: Clock;
  log: Logger;
}

/** Takes in what clusters have written down: first stored, then acknowledged, then told to the rest of the server. */
export class JournalIntake {
  readonly #options: JournalIntakeOptions;
  readonly #alarmedAtMs = new Map<string, number>();
  #waiting = 0;
  #off: (() => void) | undefined;

  constructor(options: JournalIntakeOptions) {
    this.#options = options;
  }

  start(): void {
    const { link, events } = this.#options;
    link.handle('journal', (from, payload) => this.#take(from, payload));
    this.#off = events.on('publish refused', async ({ clientId, topic, reason, count }) => {
      const cluster = addressOfDevice(clientId)?.cluster;
      if (cluster !== undefined) await this.#alarm(cluster, { topic, reason, count });
    });
  }

  stop(): void {
    this.#off?.();
  }

  async #take(from: ClusterAddress, payload: Buffer): Promise<void> {
    const { log } = this.#options;
    if (this.#waiting >= WAITING_MAX) {
      log.warn({ event: 'journal-dropped', cluster: from.cluster, waiting: this.#waiting });
      return;
    }
    this.#waiting++;
    try {
      await this.#store(from, payload);
    } finally {
      this.#waiting--;
    }
  }

  async #store(from: ClusterAddress, payload: Buffer): Promise<void> {
    const { store, clock, log } = this.#options;
    const { cluster } = from;
    const batch = readBatch(payload);
    if (!batch) {
      log.warn({ event: 'journal-refused', cluster, bytes: payload.length });
      // There is no number to answer with. Kept only while it is news, or one device could fill the disk.
      if (await this.#alarm(cluster, { topic: 'journal', reason: 'not a batch' })) {
        await store.keepRefused(cluster, payload.toString('utf8'), 'not a batch', clock.nowMs());
      }
      return;
    }
    const ingested = await store.ingest(cluster, batch.epoch, batch.entries, clock.nowMs());
    await this.#acknowledge(from, batch.epoch, ingested.seq);
    await this.#tell(cluster, batch.epoch, ingested);
  }

  async #acknowledge(from: ClusterAddress, epoch: string, seq: number): Promise<void> {
    const { link, log } = this.#options;
    try {
      await link.publish(from, 'journal/seen', JSON.stringify({ epoch, seq }), { qos: 1 });
    } catch (error) {
      // The agent sends the batch again and is answered then; what is stored stays stored once.
      log.info({ event: 'journal-not-acknowledged', cluster: from.cluster, seq, err: error });
    }
  }

  async #tell(cluster: string, epoch: string, { seq, skipped, fresh, refused }: Ingested): Promise<void> {
    const { events, log } = this.#options;
    log.info({ event: 'journal-stored', cluster, epoch, seq, entries: fresh.length });
    if (skipped > 0) log.warn({ event: 'journal-gap', cluster, epoch, seq, skipped });
    const broadcastIds = new Set(fresh.flatMap((entry) => (entry.kind === 'receipt' ? [entry.receipt.broadcastId] : [])));
    if (broadcastIds.size > 0) events.emit('receipts stored', { cluster, broadcastIds: [...broadcastIds] });
    for (const entry of fresh) if (entry.kind === 'alarm') this.#announce(cluster, entry.alarm, entry.atMs);
    for (const { seq: number, reason } of refused) {
      log.warn({ event: 'journal-entry-refused', cluster, epoch, seq: number, reason });
      await this.#alarm(cluster, { topic: 'journal', reason, ...(number === undefined ? {} : { seq: number }) });
    }
  }

  /** An alarm of the server's own about what a device said; false when the same one was raised lately. */
  async #alarm(cluster: string, evidence: Alarm['evidence'] & { topic: string; reason: string }): Promise<boolean> {
    const { store, clock } = this.#options;
    const key = JSON.stringify([cluster, evidence.reason]);
    const beforeMs = clock.monotonicMs() - SAME_ALARM_MS;
    if ((this.#alarmedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) > beforeMs) return false;
    for (const [old, atMs] of this.#alarmedAtMs) if (atMs <= beforeMs) this.#alarmedAtMs.delete(old);
    this.#alarmedAtMs.set(key, clock.monotonicMs());
    const alarm: Alarm = { code: 'message-refused', evidence };
    await store.addAlarm(cluster, alarm, clock.nowMs(), clock.nowMs());
    this.#announce(cluster, alarm, clock.nowMs());
    return true;
  }

  #announce(cluster: string, alarm: Alarm, atMs: number): void {
    const alert = { cluster, at: toIso(atMs), alarm };
    this.#options.events.emit('alarm stored', alert);
    this.#options.events.emit('push', { name: 'alert', data: alert });
  }
}
