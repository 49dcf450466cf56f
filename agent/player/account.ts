import type { ClockStatus } from '@tieng-lang/shared/contract/basics';
import type { Outcome, OutcomeReason, Receipt } from '@tieng-lang/shared/contract/journal';
import type { PlanItem, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { dbfs } from './gain.ts';
import type { Span } from './mixer.ts';
import type { ItemKey } from './timeline.ts';

const FRAMES_PER_MS = 48;

/** What is short by no more than this was heard whole: codecs pad, and a fade at a seam is no loss. */
export const WHOLE_WITHIN_MS = 250;

/**
 * What explains best why an item was not heard whole, the more telling first: somebody's wish, then what is broken,
 * then what was late.
 */
const BY_WEIGHT: readonly OutcomeReason[] = [
  'stopped',
  'media-damaged',
  'pre-empted',
  'plan-changed',
  'power-lost',
  'sound-card',
  'media-missing',
  'time-unknown',
];

/** What one cluster knows of one item: what left the card, and what stood in the way. */
export class ItemAccount {
  readonly key: ItemKey;
  occurrence: PlanOccurrence;
  item: PlanItem;
  /** The ledger holds it as begun: only now may it sound. */
  begun = false;
  startedAtMs: number | null = null;
  /** Length of the recording as decoded; undefined while it was never opened. */
  sourceFrames: number | undefined;
  skewMs: number | null = null;
  /** What the ledger was last told to have been heard, ms; undefined before the first time. */
  toldHeardMs: number | undefined;
  /** Heard before this process began, ms. */
  readonly #heardBeforeMs: number;
  readonly #troubles = new Set<OutcomeReason>();
  #heardFrames = 0;
  #firstHeard: number | undefined;
  #energy = 0;

  constructor(options: {
    key: ItemKey;
    occurrence: PlanOccurrence;
    item: PlanItem;
    /** What the ledger has of it, when a process before this one began it. */
    before?: { startedAtMs: number | null; heardMs: number } | undefined;
  }) {
    this.key = options.key;
    this.occurrence = options.occurrence;
    this.item = options.item;
    this.#heardBeforeMs = options.before?.heardMs ?? 0;
    if (!options.before) return;
    this.begun = true;
    // Begun, but cut before a first sample is known to have left: then it starts when it is joined.
    this.startedAtMs = options.before.heardMs > 0 ? options.before.startedAtMs : null;
    this.#troubles.add('power-lost');
  }

  get startAtMs(): number {
    return this.occurrence.startAtMs + this.item.offsetMs;
  }

  get endAtMs(): number {
    return this.startAtMs + this.item.durationMs;
  }

  get heardMs(): number {
    return this.#heardBeforeMs + this.#heardFrames / FRAMES_PER_MS;
  }

  /** Whether this process has sounded any of it. */
  get heardNow(): boolean {
    return this.#heardFrames > 0;
  }

  trouble(reason: OutcomeReason): void {
    this.#troubles.add(reason);
  }

  /** Some of it has left the card. */
  heard(span: Span, leftAtMs: number): void {
    this.#firstHeard ??= span.sourceFrame;
    this.startedAtMs ??= leftAtMs;
    this.#heardFrames += span.frames;
    this.#energy += span.energy;
    if (span.skewMs === null) return;
    if (this.skewMs === null || Math.abs(span.skewMs) > Math.abs(this.skewMs)) this.skewMs = span.skewMs;
  }

  conclude(clock: ClockStatus): Receipt {
    const { outcome, reason } = this.#verdict();
    const { occurrence, item } = this;
    return {
      broadcastId: occurrence.broadcastId,
      itemIndex: item.index,
      bulletinId: item.bulletinId,
      title: item.title,
      level: occurrence.level,
      sha256: item.sha256,
      plannedAtMs: this.startAtMs,
      plannedMs: item.durationMs,
      startedAtMs: this.heardMs > 0 ? this.startedAtMs : null,
      heardMs: this.heardMs,
      outcome,
      reason,
      skewMs: this.skewMs,
      rmsDbfs: dbfs(this.#energy, this.#heardFrames),
      clock,
    };
  }

  #verdict(): { outcome: Outcome; reason: OutcomeReason | null } {
    const wholeMs = this.sourceFrames === undefined ? this.item.durationMs : this.sourceFrames / FRAMES_PER_MS;
    if (this.heardMs > 0 && this.heardMs >= wholeMs - WHOLE_WITHIN_MS) return { outcome: 'completed', reason: null };
    const reason = BY_WEIGHT.find((candidate) => this.#troubles.has(candidate));
    if (reason === 'media-damaged') return { outcome: 'failed', reason };
    if (this.heardMs > 0) return { outcome: 'interrupted', reason: this.#whyInterrupted(reason) };
    if (reason === 'stopped' || reason === 'pre-empted' || reason === 'plan-changed') return { outcome: 'skipped', reason };
    if (reason === 'sound-card') return { outcome: 'failed', reason };
    if (reason === 'power-lost') return { outcome: 'missed', reason };
    return { outcome: 'missed', reason: reason ?? 'late' };
  }

  /** A recording that came late, or a clock that did, shows as a beginning that was not heard. */
  #whyInterrupted(reason: OutcomeReason | undefined): OutcomeReason {
    if (reason !== undefined && reason !== 'media-missing' && reason !== 'time-unknown') return reason;
    return (this.#firstHeard ?? 0) > WHOLE_WITHIN_MS * FRAMES_PER_MS ? 'joined-late' : (reason ?? 'sound-card');
  }
}
