import type { OutcomeReason } from '@tieng-lang/shared/contract/journal';
import type { StopOverride } from '@tieng-lang/shared/contract/override';
import type { ClusterSettings, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { Playing } from '@tieng-lang/shared/contract/state';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { ItemAccount } from './account.ts';
import { CardKeeper } from './card-keeper.ts';
import type { Amplifier, OutputTap, Player, PlayerEvents, PlayerMedia, PlayLedger, SyncedTime } from './contract.ts';
import { gainOfVolume } from './gain.ts';
import type { Span, Track } from './mixer.ts';
import { openOpusSource } from './pcm-source.ts';
import { Programme } from './programme.ts';
import type { Sink } from './sink.ts';
import { type Cue, firstAfter, type ItemKey } from './timeline.ts';
import { type OpenSource, Tracks } from './tracks.ts';

/** Looks at what is due. Nothing audible hangs on it: samples are placed by the renderer. */
const LOOK_MS = 500;

/** Silence before the first sample: after so many reports the card's clock is known to some 50 µs. */
const LEAD_MS = 4000;

/** The card stays open so long after the last sound, so that a session of several broadcasts is one opening. */
const LINGER_MS = 5000;

/**
 * Once after the start the card is open so long with the amplifier off: its rate is then known to 1 ppm before the first
 * broadcast, and a card that is missing is reported before the village waits for it.
 */
const MEASURE_CARD_MS = 20_000;

/** Files are opened so long before they sound. */
const PREPARE_MS = 8000;

/** The ledger is told so long before the first sample, so that no disk stands between a sample and its instant. */
const BEGIN_AHEAD_MS = 1500;

/** The ledger is told about once a second what was heard: so much is lost of a receipt by a power cut. */
const TELL_LEDGER_MS = 900;

/** What has left the card is known so long after an item's end at the latest. */
const SETTLED_AFTER_MS = 250;

/** A minute between two alarms about the same kind of underrun. */
const UNDERRUN_ALARM_MS = 60_000;

/** Volume until the first plan says another. */
const FIRST_SETTINGS: ClusterSettings = { volume: 80, delayMs: 0 };

const FRAMES_PER_MS = 48;

export interface PlayerOptions {
  clock: Clock;
  time: SyncedTime;
  sink: Sink;
  media: PlayerMedia;
  ledger: PlayLedger;
  events: PlayerEvents;
  amplifier: Amplifier;
  log: Logger;
  settings?: ClusterSettings;
  /** How long the card is open in silence after the start, to learn its rate; default 20 s, 0: not at all. */
  measureCardMs?: number;
  /** How a recording is read; default: Ogg Opus from the file. */
  openSource?: OpenSource;
  /** Jitter of retries; default: Math.random. */
  random?: () => number;
}

/** The player of one cluster: sounds what it is set, by the commune's time, and leaves a receipt for each item. */
export function createPlayer(options: PlayerOptions): Player {
  return new TimelinePlayer(options);
}

class TimelinePlayer implements Player {
  readonly #clock: Clock;
  readonly #time: SyncedTime;
  readonly #ledger: PlayLedger;
  readonly #events: PlayerEvents;
  readonly #log: Logger;
  readonly #programme: Programme;
  readonly #tracks: Tracks;
  readonly #card: CardKeeper;
  readonly #taps = new Set<OutputTap>();
  readonly #measureCardMs: number;
  #settings: ClusterSettings;
  #timer: Timer | undefined;
  #muted = false;
  #startedAtMonotonicMs = 0;
  /** Monotonic instant at which the time became known; undefined while it is not. */
  #knownAtMonotonicMs: number | undefined;
  #neededAtMonotonicMs = Number.NEGATIVE_INFINITY;
  #underrunToldAtMs: number | undefined;
  #playing: { key: ItemKey; now: Playing; leftAtMs: number; toldAtMs: number } | undefined;

  constructor(options: PlayerOptions) {
    this.#clock = options.clock;
    this.#time = options.time;
    this.#ledger = options.ledger;
    this.#events = options.events;
    this.#log = options.log;
    this.#settings = options.settings ?? FIRST_SETTINGS;
    this.#measureCardMs = options.measureCardMs ?? MEASURE_CARD_MS;
    this.#programme = new Programme({
      ledger: options.ledger,
      finished: (broadcastId) => options.events.occurrence(broadcastId, 'finished'),
    });
    this.#tracks = new Tracks({
      media: options.media,
      open: options.openSource ?? openOpusSource,
      log: options.log,
      changed: () => this.#lookIfRunning(),
    });
    this.#card = new CardKeeper({
      ...options,
      taps: this.#taps,
      random: options.random ?? Math.random,
      changed: () => this.#lookIfRunning(),
      sources: {
        cues: () => (this.#muted ? [] : this.#programme.cues),
        trackOf: (cue, frame) => this.#trackOf(cue, frame),
        delayMs: () => this.#settings.delayMs,
        timeKnown: () => this.#timeKnown,
        left: (span, atMs) => this.#left(span, atMs),
        underrun: (lostFrames, heard) => this.#underrun(lostFrames, heard),
      },
    });
  }

  start(): Promise<void> {
    if (this.#timer) return Promise.resolve();
    this.#muted = false;
    this.#startedAtMonotonicMs = this.#clock.monotonicMs();
    this.#card.start();
    this.#timer = this.#clock.every(LOOK_MS, () => this.#look());
    if (this.#measureCardMs > 0) {
      this.#neededAtMonotonicMs = this.#startedAtMonotonicMs + this.#measureCardMs - LINGER_MS;
      this.#card.open({ toBeHeard: false });
    }
    this.#look();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#muted = true;
    await this.#card.fadeAndStop();
    for (const account of [...this.#programme.accounts.values()]) {
      if (!account.begun) continue;
      account.trouble('power-lost');
      this.#conclude(account);
    }
    this.#setPlaying(undefined);
    await this.#tracks.stop();
  }

  setOccurrences(occurrences: readonly PlanOccurrence[]): void {
    this.#programme.setOccurrences(occurrences, this.#timeKnown ? this.#atMs() : undefined);
    this.#lookIfRunning();
  }

  setOverride(items: readonly StopOverride[]): void {
    this.#programme.setStops(items);
    this.#lookIfRunning();
  }

  setSettings(settings: ClusterSettings): void {
    this.#settings = settings;
    this.#lookIfRunning();
  }

  tap(tap: OutputTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  get playing(): Playing | null {
    return this.#playing?.now ?? null;
  }

  get outputDbfs(): number | null {
    return this.#card.renderer?.outputDbfs ?? null;
  }

  get #timeKnown(): boolean {
    return this.#time.report().status !== 'unknown';
  }

  /** The present on the timeline: server time, less this cluster's delay. */
  #atMs(): number {
    return this.#serverMs(this.#clock.monotonicMs());
  }

  #serverMs(monotonicMs: number): number {
    return this.#time.at(monotonicMs) - this.#settings.delayMs;
  }

  #lookIfRunning(): void {
    if (this.#timer) this.#look();
  }

  #look(): void {
    const monotonicMs = this.#clock.monotonicMs();
    this.#card.look();
    this.#card.renderer?.settle();
    this.#lookAtPlaying(monotonicMs);
    if (this.#timeKnown) {
      this.#knownAtMonotonicMs ??= monotonicMs;
      const atMs = this.#atMs();
      this.#programme.admit(atMs);
      for (const account of [...this.#programme.accounts.values()]) this.#lookAt(account, atMs);
      const needed = this.#cardNeeded(atMs);
      if (needed) this.#neededAtMonotonicMs = Math.max(monotonicMs, this.#neededAtMonotonicMs);
      else if (monotonicMs - this.#neededAtMonotonicMs > LINGER_MS) this.#card.close();
      if (needed) this.#card.open({ toBeHeard: true });
      return;
    }
    this.#knownAtMonotonicMs = undefined;
    // Its clock was lost while it sounded: what is due then is not guessed at.
    for (const account of this.#programme.accounts.values()) if (account.heardNow) account.trouble('time-unknown');
    if (monotonicMs - this.#neededAtMonotonicMs > LINGER_MS) this.#card.close();
  }

  /** Prepares, begins or concludes one item. */
  #lookAt(account: ItemAccount, atMs: number): void {
    const { key } = account;
    const held = this.#card.renderer?.holds(key) ?? false;
    const stoppedUntilMs = this.#programme.stoppedUntil(account);
    const stoppedWhole = atMs >= account.occurrence.startAtMs && stoppedUntilMs >= account.endAtMs;
    if (stoppedUntilMs > account.startAtMs && atMs >= account.occurrence.startAtMs && atMs < account.endAtMs) account.trouble('stopped');
    const over = atMs >= account.endAtMs + SETTLED_AFTER_MS;
    if (over || (stoppedWhole && atMs < account.endAtMs) || this.#programme.isWithdrawn(key)) {
      if (held) return;
      if (over) this.#excuse(account);
      this.#conclude(account);
      return;
    }
    const cue = this.#programme.nextCue(key, atMs);
    const inMs = cue ? cue.fromMs - atMs : Number.POSITIVE_INFINITY;
    if (cue && inMs < PREPARE_MS) {
      this.#tracks.want(key, account.item.sha256, Math.max(0, Math.max(cue.fromMs, atMs) - account.startAtMs) * FRAMES_PER_MS);
      account.sourceFrames = this.#tracks.source(key)?.frames ?? account.sourceFrames;
    } else if (!held) this.#tracks.drop(key);
    if (!account.begun && inMs < BEGIN_AHEAD_MS && this.#tracks.state(key) === 'ready') this.#begin(account, atMs);
    if (account.heardNow && atMs < account.endAtMs) this.#tellLedger(account);
    if (atMs >= account.startAtMs && atMs < account.endAtMs) {
      const reason = this.#whySilent(account, inMs);
      if (reason) account.trouble(reason);
    }
  }

  /** Why an item that is due does not sound at this instant; undefined when it does or is about to. */
  #whySilent(account: ItemAccount, inMs: number): OutcomeReason | undefined {
    if (inMs > 0) return this.#programme.stoppedUntil(account) > account.startAtMs ? 'stopped' : 'pre-empted';
    const state = this.#tracks.state(account.key);
    if (state === 'missing') return 'media-missing';
    if (state === 'damaged') return 'media-damaged';
    return this.#card.failing ? 'sound-card' : undefined;
  }

  /** An item that was over before this device could have sounded it. */
  #excuse(account: ItemAccount): void {
    const { endAtMs } = account;
    const knownAtMs = this.#knownAtMonotonicMs === undefined ? endAtMs : this.#serverMs(this.#knownAtMonotonicMs);
    if (endAtMs < knownAtMs && endAtMs >= this.#serverMs(this.#startedAtMonotonicMs)) account.trouble('time-unknown');
  }

  #begin(account: ItemAccount, atMs: number): void {
    try {
      const { occurrence, item } = account;
      this.#ledger.begin(occurrence.broadcastId, item.index, Math.max(atMs, account.startAtMs) + this.#settings.delayMs);
      account.begun = true;
    } catch (error) {
      // A ledger that cannot be written (a full disk) must not let an item sound twice: it stays silent and is tried again.
      this.#log.error({ event: 'ledger-failed', key: account.key, err: error });
    }
  }

  #tellLedger(account: ItemAccount): void {
    const { heardMs, toldHeardMs } = account;
    if (toldHeardMs !== undefined && heardMs - toldHeardMs < TELL_LEDGER_MS) return;
    account.toldHeardMs = heardMs;
    try {
      this.#ledger.progress(account.occurrence.broadcastId, account.item.index, heardMs);
    } catch (error) {
      this.#log.error({ event: 'ledger-failed', key: account.key, err: error });
    }
  }

  #conclude(account: ItemAccount): void {
    const receipt = account.conclude(this.#time.report().status);
    try {
      this.#ledger.finish(receipt);
    } catch (error) {
      // The account stays, and with it the receipt: the next look tries again.
      this.#log.error({ event: 'ledger-failed', key: account.key, err: error });
      return;
    }
    this.#log.info({
      event: 'item-concluded',
      key: account.key,
      outcome: receipt.outcome,
      reason: receipt.reason,
      heardMs: receipt.heardMs,
    });
    this.#tracks.drop(account.key);
    this.#programme.settle(account);
  }

  /** Whether something sounds now, or will within the lead-in, that can. */
  #cardNeeded(atMs: number): boolean {
    const list = this.#programme.cues;
    for (let i = firstAfter(list, atMs); i < list.length; i++) {
      const cue = list[i] as Cue;
      if (cue.fromMs > atMs + LEAD_MS) return false;
      const account = this.#programme.accounts.get(cue.key);
      if (account && !this.#programme.isWithdrawn(cue.key) && this.#tracks.source(cue.key)) return true;
    }
    return false;
  }

  #trackOf(cue: Cue, frame: number): Track | undefined {
    const account = this.#programme.accounts.get(cue.key);
    if (!account?.begun || this.#programme.isWithdrawn(cue.key)) return undefined;
    const source = this.#tracks.source(cue.key);
    if (!source) return undefined;
    this.#tracks.prefetch(cue.key, frame);
    return { source, gain: gainOfVolume(cue.occurrence.volume ?? this.#settings.volume) };
  }

  #left(span: Span, atMs: number): void {
    const account = this.#programme.accounts.get(span.key);
    if (!account) return;
    account.heard(span, atMs);
    const { occurrence, item } = account;
    const now: Playing = {
      broadcastId: occurrence.broadcastId,
      title: occurrence.title,
      level: occurrence.level,
      itemIndex: item.index,
      itemStartAtMs: account.startAtMs,
      itemDurationMs: item.durationMs,
      skewMs: span.skewMs,
    };
    this.#setPlaying({ key: span.key, now });
    if (this.#programme.firstSound(occurrence.broadcastId)) this.#events.occurrence(occurrence.broadcastId, 'started');
  }

  #lookAtPlaying(monotonicMs: number): void {
    // Two blocks may be missing between two items; more is silence.
    if (this.#playing && monotonicMs - this.#playing.leftAtMs > 3 * 20 + LOOK_MS) this.#setPlaying(undefined);
  }

  /** Tells what plays at every change, and once a second how far from the timeline it is. */
  #setPlaying(playing: { key: ItemKey; now: Playing } | undefined): void {
    const monotonicMs = this.#clock.monotonicMs();
    const before = this.#playing;
    if (!playing) {
      if (!before) return;
      this.#playing = undefined;
      this.#events.playing(null);
      return;
    }
    const tell = before?.key !== playing.key || monotonicMs - before.toldAtMs >= 1000;
    this.#playing = { ...playing, leftAtMs: monotonicMs, toldAtMs: tell ? monotonicMs : before.toldAtMs };
    if (tell) this.#events.playing(playing.now);
  }

  #underrun(lostFrames: number, heard: boolean): void {
    const monotonicMs = this.#clock.monotonicMs();
    const lostMs = Math.round(lostFrames / FRAMES_PER_MS);
    this.#log.warn({ event: 'underrun', lostMs, heard });
    if (!heard) return;
    for (const account of this.#programme.accounts.values()) if (this.#playing?.key === account.key) account.trouble('sound-card');
    if (this.#underrunToldAtMs !== undefined && monotonicMs - this.#underrunToldAtMs < UNDERRUN_ALARM_MS) return;
    this.#underrunToldAtMs = monotonicMs;
    this.#events.alarm({ code: 'underrun', evidence: { lostMs } });
  }
}
