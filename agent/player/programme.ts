import type { StopOverride } from '@tieng-lang/shared/contract/override';
import type { PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { ItemAccount } from './account.ts';
import type { PlayLedger } from './contract.ts';
import { type Cue, cues, type ItemKey, itemKey, stoppedUntil } from './timeline.ts';

/** What was due longer ago and did not sound is the server's to find: a device that was off for a week reports a day. */
const REPORTED_BACK_MS = 24 * 3_600_000;

/** Items are taken up so long before they are due: time to open a file from a slow card, and little to remember. */
const TAKEN_UP_MS = 10_000;

interface Admitted {
  occurrence: PlanOccurrence;
  open: Set<ItemKey>;
  /** Its first sound was told. */
  started: boolean;
  finished: boolean;
}

/**
 * What this cluster is to sound and what has become of it: the occurrences as set, the cues that follow from them, and
 * an account for each item that is near, sounding or not yet settled.
 */
export class Programme {
  readonly #ledger: PlayLedger;
  readonly #finished: (broadcastId: string) => void;
  #occurrences: readonly PlanOccurrence[] = [];
  #next = 0;
  #stops: readonly StopOverride[] = [];
  #cues: readonly Cue[] = [];
  #cuesOf = new Map<ItemKey, Cue[]>();
  readonly #admitted = new Map<string, Admitted>();
  readonly #accounts = new Map<ItemKey, ItemAccount>();
  /** Items that the plan does not hold any more, or holds differently, but that have begun here. */
  readonly #withdrawn = new Set<ItemKey>();

  constructor(options: { ledger: PlayLedger; finished: (broadcastId: string) => void }) {
    this.#ledger = options.ledger;
    this.#finished = options.finished;
  }

  get cues(): readonly Cue[] {
    return this.#cues;
  }

  get accounts(): ReadonlyMap<ItemKey, ItemAccount> {
    return this.#accounts;
  }

  /** The cue in which an item sounds next, or now. */
  nextCue(key: ItemKey, atMs: number): Cue | undefined {
    return this.#cuesOf.get(key)?.find((cue) => cue.untilMs > atMs);
  }

  isWithdrawn(key: ItemKey): boolean {
    return this.#withdrawn.has(key);
  }

  stoppedUntil(account: ItemAccount): number {
    return stoppedUntil(account.occurrence, this.#stops);
  }

  /** @param atMs the present on the timeline, undefined while the time is not known */
  setOccurrences(occurrences: readonly PlanOccurrence[], atMs: number | undefined): void {
    const byId = new Map(occurrences.map((occurrence) => [occurrence.broadcastId, occurrence]));
    this.#occurrences = [...byId.values()].sort((a, b) => a.startAtMs - b.startAtMs);
    this.#next = 0;
    for (const admitted of this.#admitted.values()) {
      const now = byId.get(admitted.occurrence.broadcastId);
      for (const key of [...admitted.open]) this.#update(key, now, atMs);
      if (now) admitted.occurrence = now;
      this.#closeIfDone(admitted);
      if (!now && admitted.open.size === 0) this.#admitted.delete(admitted.occurrence.broadcastId);
    }
    this.#recue();
  }

  setStops(stops: readonly StopOverride[]): void {
    this.#stops = stops;
    this.#recue();
  }

  /** Takes up what is near by now. */
  admit(atMs: number): void {
    for (let next = this.#occurrences[this.#next]; next; next = this.#occurrences[++this.#next]) {
      if (next.startAtMs > atMs + TAKEN_UP_MS) break;
      if (!this.#admitted.has(next.broadcastId)) this.#admit(next, atMs);
    }
  }

  /** The first sound of an occurrence: true once. */
  firstSound(broadcastId: string): boolean {
    const admitted = this.#admitted.get(broadcastId);
    if (!admitted || admitted.started) return false;
    admitted.started = true;
    return true;
  }

  /** An item is settled: its receipt is written. */
  settle(account: ItemAccount): void {
    this.#accounts.delete(account.key);
    this.#withdrawn.delete(account.key);
    const admitted = this.#admitted.get(account.occurrence.broadcastId);
    if (!admitted) return;
    admitted.open.delete(account.key);
    this.#closeIfDone(admitted);
    if (admitted.open.size === 0 && !this.#occurrences.includes(admitted.occurrence))
      this.#admitted.delete(admitted.occurrence.broadcastId);
  }

  #admit(occurrence: PlanOccurrence, atMs: number): void {
    const admitted: Admitted = { occurrence, open: new Set(), started: false, finished: false };
    this.#admitted.set(occurrence.broadcastId, admitted);
    for (const item of occurrence.items) {
      const before = this.#ledger.lookup(occurrence.broadcastId, item.index);
      if (before?.state === 'done') continue;
      const account = new ItemAccount({ key: itemKey(occurrence.broadcastId, item.index), occurrence, item, before });
      if (account.endAtMs < atMs - REPORTED_BACK_MS) continue;
      admitted.open.add(account.key);
      this.#accounts.set(account.key, account);
    }
    this.#closeIfDone(admitted);
  }

  #closeIfDone(admitted: Admitted): void {
    if (admitted.open.size > 0 || admitted.finished) return;
    admitted.finished = true;
    this.#finished(admitted.occurrence.broadcastId);
  }

  /** A new plan for an item that is taken up already. */
  #update(key: ItemKey, now: PlanOccurrence | undefined, atMs: number | undefined): void {
    const account = this.#accounts.get(key);
    if (!account || this.#withdrawn.has(key)) return;
    const item = now?.items.find(({ index }) => index === account.item.index);
    const same =
      now &&
      item &&
      item.sha256 === account.item.sha256 &&
      item.durationMs === account.item.durationMs &&
      now.startAtMs + item.offsetMs === account.startAtMs;
    if (same || (now && item && !account.begun)) {
      account.occurrence = now;
      account.item = item;
      return;
    }
    // A plan leaves out what is over; that changes nothing about what was.
    if (atMs !== undefined && account.endAtMs <= atMs) return;
    if (account.begun) {
      account.trouble('plan-changed');
      this.#withdrawn.add(key);
      return;
    }
    this.#accounts.delete(key);
    this.#admitted.get(account.occurrence.broadcastId)?.open.delete(key);
  }

  #recue(): void {
    this.#cues = cues(this.#occurrences, this.#stops);
    this.#cuesOf = new Map();
    for (const cue of this.#cues) {
      const others = this.#cuesOf.get(cue.key);
      if (others) others.push(cue);
      else this.#cuesOf.set(cue.key, [cue]);
    }
  }
}
