import type { Logger } from 'pino';
import type { PlayerMedia } from './contract.ts';
import { DamagedMedia } from './ogg-page.ts';
import type { PcmSource } from './pcm-source.ts';
import type { ItemKey } from './timeline.ts';

/** Opens a recording by the path of its file. */
export type OpenSource = (path: string) => Promise<PcmSource>;

/** What stands between a recording and its sounding. */
export type TrackState = 'opening' | 'ready' | 'missing' | 'damaged';

/** A file that did not decode is fetched anew by the cache: it is looked for again after so many calls (5 s). */
const CALLS_AFTER_DAMAGE = 10;

class Entry {
  readonly sha256: string;
  state: TrackState;
  source: PcmSource | undefined;
  prefetching = false;
  /** Being looked for or opened. */
  busy = true;
  #calls = 0;

  constructor(sha256: string, state: TrackState) {
    this.sha256 = sha256;
    this.state = state;
  }

  worthAnother(): boolean {
    if (this.state === 'damaged') return ++this.#calls >= CALLS_AFTER_DAMAGE;
    return this.state === 'missing';
  }
}

/** Sources open at one time: what sounds, what it pre-empted, and what comes next of each. 512 KB each. */
const MOST_OPEN = 6;

/** Opens recordings shortly before they sound, keeps them decoded ahead, and closes them afterwards. */
export class Tracks {
  readonly #media: PlayerMedia;
  readonly #open: OpenSource;
  readonly #log: Logger;
  readonly #changed: () => void;
  readonly #entries = new Map<ItemKey, Entry>();
  readonly #working = new Set<Promise<void>>();

  /** `changed` is called when a recording became ready or turned out to be none. */
  constructor(options: { media: PlayerMedia; open: OpenSource; log: Logger; changed: () => void }) {
    this.#media = options.media;
    this.#open = options.open;
    this.#log = options.log;
    this.#changed = options.changed;
  }

  state(key: ItemKey): TrackState | undefined {
    return this.#entries.get(key)?.state;
  }

  source(key: ItemKey): PcmSource | undefined {
    return this.#entries.get(key)?.source;
  }

  /** Wants a recording open and decoded from `frame` on; to be called again and again. What was missing is looked for anew. */
  want(key: ItemKey, sha256: string, frame: number): void {
    const known = this.#entries.get(key);
    if (known?.sha256 === sha256 && (known.busy || !known.worthAnother())) {
      this.prefetch(key, frame);
      return;
    }
    if (known) this.drop(key);
    else if (this.#entries.size >= MOST_OPEN) return;
    const entry = new Entry(sha256, known?.sha256 === sha256 ? known.state : 'opening');
    this.#entries.set(key, entry);
    const filling = this.#fill(key, entry, frame);
    this.#working.add(filling);
    void filling.finally(() => this.#working.delete(filling));
  }

  /** Decodes a little ahead of `frame`. */
  prefetch(key: ItemKey, frame: number): void {
    const entry = this.#entries.get(key);
    if (!entry?.source || entry.prefetching || entry.state !== 'ready') return;
    entry.prefetching = true;
    entry.source.prefetch(frame).then(
      () => {
        entry.prefetching = false;
      },
      (error: unknown) => {
        entry.prefetching = false;
        if (this.#entries.get(key) === entry) this.#fail(entry, error);
      },
    );
  }

  drop(key: ItemKey): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.source) this.#close(entry.source);
  }

  /** Closes all that is open; resolves when it is. */
  async stop(): Promise<void> {
    for (const key of [...this.#entries.keys()]) this.drop(key);
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  async #fill(key: ItemKey, entry: Entry, frame: number): Promise<void> {
    let source: PcmSource | undefined;
    try {
      const path = await this.#media.path(entry.sha256);
      if (path === undefined) {
        if (entry.state === 'opening') entry.state = 'missing';
        return;
      }
      source = await this.#open(path);
      await source.prefetch(frame);
      if (this.#entries.get(key) !== entry) return;
      entry.source = source;
      entry.state = 'ready';
      this.#changed();
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#fail(entry, error);
    } finally {
      entry.busy = false;
      if (source && entry.source !== source) this.#close(source);
    }
  }

  /** A file that went away between being found and being opened is missing, not damaged. */
  #fail(entry: Entry, error: unknown): void {
    const damaged = error instanceof DamagedMedia;
    entry.state = damaged ? 'damaged' : 'missing';
    this.#log.error({ event: 'media-unreadable', sha256: entry.sha256, damaged, err: error });
    if (damaged) this.#media.damaged(entry.sha256);
    this.#changed();
  }

  #close(source: PcmSource): void {
    const closing = source.close().catch((error: unknown) => this.#log.warn({ event: 'media-close-failed', err: error }));
    this.#working.add(closing);
    void closing.finally(() => this.#working.delete(closing));
  }
}
