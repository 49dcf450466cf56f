/**
 * What the player needs from the rest of the agent, and what it offers. Types only: each part is made elsewhere and
 * handed in by `agent.ts`.
 */
import type { ClockReport } from '@tieng-lang/shared/contract/basics';
import type { Alarm, Receipt } from '@tieng-lang/shared/contract/journal';
import type { StopOverride } from '@tieng-lang/shared/contract/override';
import type { ClusterSettings, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { Playing } from '@tieng-lang/shared/contract/state';

/** The commune's time, as well as this device knows it. */
export interface SyncedTime {
  report(): ClockReport;
  /** Server time at an instant of the device's monotonic clock, ms. Meaningless while the status is `unknown`. */
  at(monotonicMs: number): number;
  /** Monotonic instant of a server time, ms; the inverse of `at`. */
  monotonicAt(serverMs: number): number;
}

/** What is known of an item on this cluster, kept across a power cut. */
export interface LedgerEntry {
  state: 'begun' | 'done';
  startedAtMs: number | null;
  heardMs: number;
}

/**
 * The durable memory of what was fired. All calls are synchronous and, but for `progress`, on disk when they return:
 * an item is begun before its first sample and done in the same transaction that writes its receipt.
 */
export interface PlayLedger {
  lookup(broadcastId: string, itemIndex: number): LedgerEntry | undefined;
  begin(broadcastId: string, itemIndex: number, startedAtMs: number): void;
  /** About once a second while an item sounds, so that a cut loses at most a second of what was heard. */
  progress(broadcastId: string, itemIndex: number, heardMs: number): void;
  finish(receipt: Receipt): void;
}

export interface PlayerMedia {
  /** The path of a verified file; undefined when it is not here (yet). Never waits for the network. */
  path(sha256: string): Promise<string | undefined>;
  /** The player found a file that does not decode: it is to be thrown away and fetched anew. */
  damaged(sha256: string): void;
}

export interface PlayerEvents {
  playing(now: Playing | null): void;
  alarm(alarm: Alarm): void;
  /** An occurrence begins to sound, or is over here (however it ended): for the answers to orders. */
  occurrence(broadcastId: string, stage: 'started' | 'finished'): void;
}

export interface Amplifier {
  switch(on: boolean): void;
}

/**
 * 20 ms of mono, 48 kHz, as it goes to the sound card: for the monitor and the measured output level. The block is used
 * again after the call: what is to be kept has to be copied.
 */
export type OutputTap = (block: Float32Array, firstFrameAtMs: number) => void;

export interface Player {
  start(): Promise<void>;
  /** Fades out, closes the sound card, writes receipts of what was sounding as interrupted. */
  stop(): Promise<void>;
  /** All that this cluster is to sound, plan and orders together; replaces what was set before, without a gap in what sounds. */
  setOccurrences(occurrences: readonly PlanOccurrence[]): void;
  setOverride(items: readonly StopOverride[]): void;
  setSettings(settings: ClusterSettings): void;
  /** Adds a listener to the output; returns the call that removes it. */
  tap(tap: OutputTap): () => void;
  readonly playing: Playing | null;
  /** RMS of the last second's output, dBFS; null while the card is closed. */
  readonly outputDbfs: number | null;
}
