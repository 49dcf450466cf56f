import type { IncomingMessage } from 'node:http';
import type { Media } from '@tieng-lang/shared/contract/http/content';
import { CodedError, type Language } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { titleOfFile, toMedia } from './media.ts';
import type { MediaRow, MediaStore } from './media-store.ts';
import type { Page, PageQuery } from './page.ts';
import type { Processing } from './processing.ts';
import type { SoundFiles } from './sound-files.ts';
import type { SpeechOrder } from './speech/engine.ts';
import { receiveUpload } from './upload.ts';

/** The sounds of the station: taken in, looked at, listened to. */
export class Library {
  readonly #store: MediaStore;
  readonly #files: SoundFiles;
  readonly #processing: Processing;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #uploadBytesMax: number;

  constructor(options: {
    store: MediaStore;
    files: SoundFiles;
    processing: Processing;
    clock: Clock;
    newId: () => string;
    uploadBytesMax: number;
  }) {
    this.#store = options.store;
    this.#files = options.files;
    this.#processing = options.processing;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#uploadBytesMax = options.uploadBytesMax;
  }

  /** Takes in an upload; it is safe on the disk when this resolves. @throws CodedError as `receiveUpload` does, `too-many-requests` */
  async upload(request: IncomingMessage, by: { id: string; name: string }): Promise<string> {
    this.#processing.assertRoom();
    const workFile = this.#files.workFile('.upload');
    try {
      const { name } = await receiveUpload({ request, toFile: workFile, bytesMax: this.#uploadBytesMax, clock: this.#clock });
      const originalSha256 = await this.#files.keepOriginal(workFile);
      const origin = { kind: 'upload', originalSha256, originalName: name.normalize('NFC').slice(0, 500) } as const;
      return await this.#add(this.#newId(), titleOfFile(name), origin, by);
    } finally {
      await this.#files.discard(workFile);
    }
  }

  /** @throws CodedError `too-many-requests` */
  async addSpeech(options: { title: string; speech: SpeechOrder; by: { id: string; name: string } }): Promise<string> {
    this.#processing.assertRoom();
    return this.#add(this.#newId(), options.title, { kind: 'speech', speech: options.speech }, options.by);
  }

  find(id: string): Promise<MediaRow | undefined> {
    return this.#store.find(id);
  }

  /** @throws CodedError `not-found` */
  async row(id: string): Promise<MediaRow> {
    const row = await this.#store.find(id);
    if (!row) throw new CodedError('not-found');
    return row;
  }

  /** @throws CodedError `not-found` */
  async view(id: string, language: Language): Promise<Media> {
    return this.#toMedia(await this.row(id), language);
  }

  async views(ids: readonly string[], language: Language): Promise<Map<string, Media>> {
    const rows = await this.#store.findAll(ids);
    return new Map([...rows.values()].map((row) => [row.id, this.#toMedia(row, language)]));
  }

  async uploads(query: PageQuery, language: Language): Promise<Page<Media>> {
    const { items, next } = await this.#store.uploads(query);
    return { items: items.map((row) => this.#toMedia(row, language)), next };
  }

  /** @throws CodedError `not-found`, `media-not-ready` */
  async soundFile(id: string): Promise<{ path: string; bytes: number; sha256: string }> {
    const { sha256 } = await this.row(id);
    if (sha256 === null) throw new CodedError('media-not-ready');
    const file = await this.#files.sound(sha256);
    if (!file) throw new CodedError('not-found');
    return { ...file, sha256 };
  }

  /** @throws CodedError `not-found`, `media-not-ready` */
  async waveform(id: string): Promise<{ durationMs: number; stepMs: number; peaks: number[] }> {
    const { duration_ms: durationMs } = await this.row(id);
    const waveform = await this.#store.waveform(id);
    if (durationMs === null || !waveform) throw new CodedError('media-not-ready');
    return { durationMs, ...waveform };
  }

  async #add(
    id: string,
    title: string,
    origin: Parameters<MediaStore['insert']>[0]['origin'],
    createdBy: { id: string; name: string },
  ): Promise<string> {
    await this.#store.insert({ id, title, origin, createdAtMs: this.#clock.nowMs(), createdBy });
    this.#processing.add(id);
    return id;
  }

  #toMedia(row: MediaRow, language: Language): Media {
    return toMedia(row, this.#processing.progressOf(row.id), language);
  }
}
