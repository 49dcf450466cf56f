import { type Bulletin, bulletin, media, UPLOAD_BYTES_MAX } from '@tieng-lang/shared/contract/http/content';
import { describeError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import { type ApiClient, problemOf, understand } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';

/** Two at a time: on a village's uplink more would only all be slow. */
const AT_ONCE = 2;
/** More files than this in one go were chosen by mistake. */
const QUEUE_MAX = 100;
/** A connection on which not one byte moved for so long is dead. */
const STALL_MS = 60_000;

export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  readonly stage: 'waiting' | 'sending' | 'filing' | 'done' | 'failed';
  /** 0–1 of the bytes sent. */
  readonly progress: number;
  readonly bulletinId?: string;
  readonly error?: ApiError;
}

interface UploadsOptions {
  api: ApiClient;
  clock: Clock;
  language: () => 'vi' | 'en';
  makeRequest: () => XMLHttpRequest;
  onFiled: (bulletin: Bulletin) => void;
}

/** Files on their way to the server. They go on while the person visits other pages; each becomes a draft bulletin. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #files = new Map<number, File>();
  readonly #requests = new Map<number, XMLHttpRequest>();
  #list: readonly Upload[] = [];
  #nextKey = 1;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get list(): readonly Upload[] {
    return this.#list;
  }

  get running(): boolean {
    return this.#list.some((upload) => upload.stage !== 'done' && upload.stage !== 'failed');
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns the keys of what was taken. */
  add(files: readonly File[]): number[] {
    const taken = files.slice(0, QUEUE_MAX).map((file): Upload => {
      const key = this.#nextKey++;
      const error = this.#faultOf(file);
      if (!error) this.#files.set(key, file);
      const base = { key, name: file.name.normalize('NFC'), bytes: file.size, progress: 0 };
      return error ? { ...base, stage: 'failed', error } : { ...base, stage: 'waiting' };
    });
    this.#replace([...this.#list, ...taken]);
    this.#pump();
    return taken.map((upload) => upload.key);
  }

  cancel(key: number): void {
    this.#requests.get(key)?.abort();
    this.#forget(key);
    this.#replace(this.#list.filter((upload) => upload.key !== key));
    this.#pump();
  }

  retry(key: number): void {
    if (!this.#files.has(key)) return;
    this.#replace(this.#list.map((item) => (item.key === key ? strip({ ...item, stage: 'waiting', progress: 0 }) : item)));
    this.#pump();
  }

  clearFinished(): void {
    for (const upload of this.#list) if (upload.stage === 'failed') this.#forget(upload.key);
    this.#replace(this.#list.filter((upload) => upload.stage !== 'done' && upload.stage !== 'failed'));
  }

  #faultOf(file: File): ApiError | undefined {
    const language = this.#options.language();
    if (file.size === 0) return new ApiError({ code: 'media-empty', status: 422, detail: describeError('media-empty', language) });
    if (file.size <= UPLOAD_BYTES_MAX) return undefined;
    return new ApiError({ code: 'body-too-large', status: 413, detail: describeError('body-too-large', language, { limit: '200 MB' }) });
  }

  #pump(): void {
    const busy = this.#list.filter((upload) => upload.stage === 'sending' || upload.stage === 'filing').length;
    for (const upload of this.#list.filter((item) => item.stage === 'waiting').slice(0, Math.max(0, AT_ONCE - busy))) {
      const file = this.#files.get(upload.key);
      if (file) void this.#run(upload.key, file);
    }
  }

  async #run(key: number, file: File): Promise<void> {
    this.#change(key, { stage: 'sending', progress: 0 });
    try {
      const mediaId = await this.#transfer(key, file);
      this.#change(key, { stage: 'filing', progress: 1 });
      const body = { title: titleOf(file.name), level: 'normal', mediaId };
      const filed = await this.#options.api.send('POST', '/bulletins', body, bulletin);
      this.#forget(key);
      this.#change(key, { stage: 'done', bulletinId: filed.id });
      this.#options.onFiled(filed);
    } catch (error) {
      this.#change(key, { stage: 'failed', error: error instanceof ApiError ? error : ApiError.local('network', error) });
    }
    this.#pump();
  }

  #transfer(key: number, file: File): Promise<string> {
    const { api, clock, makeRequest } = this.#options;
    const request = makeRequest();
    this.#requests.set(key, request);
    return new Promise<string>((resolve, reject) => {
      let watchdog: Timer | undefined;
      const watch = () => {
        watchdog?.cancel();
        watchdog = clock.after(STALL_MS, () => request.abort());
      };
      const end = (settle: () => void) => {
        watchdog?.cancel();
        this.#requests.delete(key);
        settle();
      };
      request.upload.addEventListener('progress', (event) => {
        watch();
        if (event.lengthComputable) this.#change(key, { progress: event.loaded / event.total });
      });
      request.addEventListener('error', () => end(() => reject(ApiError.local('network'))));
      request.addEventListener('abort', () => end(() => reject(ApiError.local('timeout'))));
      request.addEventListener('load', () => end(() => settleLoad(request, resolve, reject)));
      request.open('POST', api.url('/media'));
      for (const [name, value] of Object.entries(api.headers())) request.setRequestHeader(name, value);
      const form = new FormData();
      form.append('file', file, file.name.normalize('NFC'));
      watch();
      request.send(form);
    });
  }

  #forget(key: number): void {
    this.#files.delete(key);
    this.#requests.delete(key);
  }

  #change(key: number, change: Partial<Upload>): void {
    this.#replace(this.#list.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
  }

  #replace(list: readonly Upload[]): void {
    this.#list = list;
    for (const listener of this.#listeners) listener();
  }
}

function settleLoad(request: XMLHttpRequest, resolve: (mediaId: string) => void, reject: (error: ApiError) => void): void {
  if (request.status < 200 || request.status >= 300) {
    reject(problemOf(request.status, request.responseText));
    return;
  }
  try {
    resolve(understand(media.pick({ id: true }), JSON.parse(request.responseText)).id);
  } catch (cause) {
    reject(cause instanceof ApiError ? cause : ApiError.local('answer-not-understood', cause));
  }
}

function strip(upload: Upload): Upload {
  const { error: _, ...rest } = upload;
  return rest;
}

/** `thong_bao-cat-nuoc.mp3` → `Thong bao cat nuoc`: a first title, which the person then mends. */
export function titleOf(fileName: string): string {
  const bare = fileName
    .normalize('NFC')
    .replace(/\.[^.]{1,5}$/, '')
    .replace(/[\p{Cc}]/gu, ' ')
    .replace(/[_\s-]+/g, ' ')
    .trim()
    .slice(0, 200);
  return bare === '' ? fileName.slice(0, 200) : `${bare.charAt(0).toLocaleUpperCase('vi')}${bare.slice(1)}`;
}
