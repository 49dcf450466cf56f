import { CodedError, type ErrorCode, type ErrorParams } from '@tieng-lang/shared/errors';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { type MediaRow, type MediaStore, speechOf } from './media-store.ts';
import type { SoundMaker } from './sound/sound-maker.ts';
import type { SoundFiles } from './sound-files.ts';
import type { Speech } from './speech/speech.ts';

/** Two, so that an hour-long recording does not hold up a short notice; more would take the cores from broadcasts. */
const PARALLEL = 2;

/** More than this many waiting are hours of work: somebody's script is running wild. */
export const WAITING_MAX = 500;

/** A file that fails for no reason of its own (disk full, server killed while at it) is tried so often in all. */
const ATTEMPTS_MAX = 3;
const RETRY_MS = 5_000;

/** How far apart two reports of progress are at least; the bar moves smoothly and the consoles are not flooded. */
const PROGRESS_STEP = 0.05;

/**
 * Makes sounds of what was uploaded or is to be spoken. What is to be done stands in the table of media, so the queue
 * survives the server; here are only the ids.
 */
export class Processing {
  readonly #store: MediaStore;
  readonly #files: SoundFiles;
  readonly #maker: SoundMaker;
  readonly #speech: Speech;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #changed: (mediaId: string) => void;
  readonly #waiting: string[] = [];
  readonly #working = new Map<string, Promise<void>>();
  readonly #progress = new Map<string, number>();
  #stopping: AbortController | undefined;

  constructor(options: {
    store: MediaStore;
    files: SoundFiles;
    maker: SoundMaker;
    speech: Speech;
    clock: Clock;
    log: Logger;
    /** Progress was made, or it is done or refused. */
    changed: (mediaId: string) => void;
  }) {
    this.#store = options.store;
    this.#files = options.files;
    this.#maker = options.maker;
    this.#speech = options.speech;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#changed = options.changed;
  }

  /** Takes up what an earlier run left undone. */
  async start(): Promise<void> {
    this.#stopping = new AbortController();
    for (const id of await this.#store.processing()) this.add(id);
  }

  /** Stops the work at hand; it begins anew at the next start. */
  async stop(): Promise<void> {
    this.#stopping?.abort(new Error('stopping'));
    this.#waiting.length = 0;
    await Promise.all(this.#working.values());
  }

  /** @throws CodedError `too-many-requests` when too much is waiting; ask before anything is stored */
  assertRoom(): void {
    if (this.#waiting.length >= WAITING_MAX) throw new CodedError('too-many-requests', { params: { seconds: 60 } });
  }

  add(id: string): void {
    if (this.#working.has(id) || this.#waiting.includes(id)) return;
    this.#waiting.push(id);
    this.#next();
  }

  /** 0–1. */
  progressOf(id: string): number {
    return this.#progress.get(id) ?? 0;
  }

  #next(): void {
    const stopping = this.#stopping;
    if (!stopping || stopping.signal.aborted) return;
    while (this.#working.size < PARALLEL) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const work = this.#process(id, stopping.signal)
        .catch((error: unknown) => this.#log.error({ event: 'media-processing-broke', mediaId: id, err: error }))
        .finally(() => {
          this.#working.delete(id);
          this.#progress.delete(id);
          this.#next();
        });
      this.#working.set(id, work);
    }
  }

  async #process(id: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const row = await this.#store.find(id);
      if (row?.state !== 'processing') return;
      const attempt = await this.#store.beginAttempt(id);
      // One too many: the attempts before it ended with the server, which this file may have brought down.
      if (attempt > ATTEMPTS_MAX) return this.#refuse(id, 'media-processing-failed', {});
      try {
        await this.#make(row, signal);
        return;
      } catch (error) {
        if (signal.aborted) return this.#store.takeAttemptBack(id);
        if (error instanceof CodedError) return this.#refuse(id, error.code, error.params, error.cause);
        this.#log.error({ event: 'media-attempt-failed', mediaId: id, attempt, err: error });
        if (attempt === ATTEMPTS_MAX) return this.#refuse(id, 'media-processing-failed', {});
      }
      try {
        await sleep(this.#clock, RETRY_MS * attempt * (0.5 + Math.random()), signal);
      } catch {
        // Stopped while it waited: the next start takes it up again.
        return;
      }
    }
  }

  async #make(row: MediaRow, signal: AbortSignal): Promise<void> {
    const outFile = this.#files.workFile('.opus');
    const speech = speechOf(row);
    const spokenFile = speech && this.#files.workFile('.wav');
    try {
      // Speaking is a third of the work of a text, and none of a file's.
      const share = speech ? 0.3 : 0;
      if (speech && spokenFile) {
        await this.#speech.speak({ order: speech, outFile: spokenFile, signal, onProgress: (done) => this.#report(row.id, done * share) });
      }
      const file = spokenFile ?? this.#files.original(row.original_sha256 ?? '');
      const onProgress = (done: number) => this.#report(row.id, share + done * (1 - share));
      const made = await this.#maker.make({ file, outFile, signal, onProgress });
      const kept = await this.#files.keepSound(outFile);
      await this.#store.ready(row.id, made, kept);
      this.#log.info({ event: 'media-ready', mediaId: row.id, sha256: kept.sha256, bytes: kept.bytes, durationMs: made.durationMs });
    } finally {
      await this.#files.discard(outFile);
      if (spokenFile) await this.#files.discard(spokenFile);
    }
    this.#changed(row.id);
  }

  async #refuse(id: string, code: ErrorCode, params: ErrorParams, cause?: unknown): Promise<void> {
    await this.#store.refuse(id, { code, params });
    this.#log.warn({ event: 'media-refused', mediaId: id, code, ...(cause instanceof Error && { err: cause }) });
    this.#changed(id);
  }

  #report(id: string, progress: number): void {
    const before = this.#progress.get(id) ?? 0;
    if (progress < before + PROGRESS_STEP) return;
    this.#progress.set(id, progress);
    this.#changed(id);
  }
}
