import type { Media } from '@tieng-lang/shared/contract/http/content';
import type { Events } from '../events.ts';

export interface Answer<Body> {
  status: number;
  body: Body & { code?: string; detail?: string; errors?: { path: string; message: string }[] };
  headers: Headers;
}

/** The API as a test uses it, in the name of somebody with a key (`Bearer …`). */
export class ContentTrial {
  readonly #url: string;
  readonly #events: Events;

  /** `url`: of the HTTP port. */
  constructor(options: { url: string; events: Events }) {
    this.#url = options.url;
    this.#events = options.events;
  }

  async call<Body = object>(who: string, method: string, path: string, body?: object | FormData, language = 'vi'): Promise<Answer<Body>> {
    const json = body !== undefined && !(body instanceof FormData);
    const response = await this.raw(who, path, {
      method,
      headers: { 'accept-language': language, ...(json && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as FormData) }),
    });
    return { status: response.status, body: (await response.json()) as Answer<Body>['body'], headers: response.headers };
  }

  raw(who: string, path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(`${this.#url}/api/v1${path}`, { ...init, headers: { authorization: who, ...init.headers } });
  }

  upload(who: string, bytes: Uint8Array, name: string): Promise<Answer<Media>> {
    const form = new FormData();
    form.set('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
    return this.call<Media>(who, 'POST', '/media', form);
  }

  /** Resolves when the media is ready or refused. */
  settled(who: string, mediaId: string): Promise<Media> {
    return new Promise((resolve, reject) => {
      const look = async () => {
        const { body } = await this.call<Media>(who, 'GET', `/media/${mediaId}`);
        if (body.state === 'processing') return;
        stop();
        resolve(body);
      };
      const stop = this.#events.on('media changed', ({ mediaId: changed }) => (changed === mediaId ? look() : undefined));
      look().catch(reject);
    });
  }
}
