import { listOf, problem } from '@tieng-lang/shared/contract/http/basics';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type * as z from 'zod';
import { ApiError } from './api-error.ts';

/** An answer may take this long: several times the slowest honest one (Argon2 on a small machine), short of a person's patience. */
const TIMEOUT_MS = 20_000;
/** The largest page the server gives, and how many pages make "all" of a list: 5,000 rows are more than a screen can use. */
const PAGE_LIMIT = 500;
const PAGES_MAX = 10;

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE';

interface ClientOptions {
  clock: Clock;
  language: () => string;
  fetch: typeof fetch;
}

/** The HTTP contract as functions: answers are parsed by the schemas of shared, problems become `ApiError`. */
export class ApiClient {
  readonly #options: ClientOptions;
  #csrfToken: string | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The token that unsafe requests of this session must carry. */
  set csrfToken(token: string | undefined) {
    this.#csrfToken = token;
  }

  url(path: string, query: Query = {}): string {
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
    const search = new URLSearchParams(given).toString();
    return `/api/v1${path}${search ? `?${search}` : ''}`;
  }

  headers(): Record<string, string> {
    return {
      'Accept-Language': this.#options.language(),
      ...(this.#csrfToken === undefined ? {} : { 'X-CSRF-Token': this.#csrfToken }),
    };
  }

  async get<Schema extends z.ZodType>(path: string, schema: Schema, options: { query?: Query; signal?: AbortSignal } = {}) {
    return understand(schema, await this.#ask('GET', this.url(path, options.query), undefined, options.signal));
  }

  /** Every page of a list. `complete` is false where the list is longer than anybody could look through. */
  async all<Item extends z.ZodType>(path: string, item: Item, options: { query?: Query; signal?: AbortSignal } = {}) {
    const schema = listOf(item);
    const items: z.output<Item>[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const query = { ...options.query, limit: PAGE_LIMIT, cursor };
      const page = await this.get(path, schema, options.signal ? { query, signal: options.signal } : { query });
      items.push(...page.items);
      if (page.next === null) return { items, complete: true };
      cursor = page.next;
    }
    return { items, complete: false };
  }

  async send<Schema extends z.ZodType>(method: Method, path: string, body: unknown, schema: Schema) {
    return understand(schema, await this.#ask(method, this.url(path), body, undefined));
  }

  /** For requests whose answer holds nothing that is needed. */
  async tell(method: Method, path: string, body?: unknown): Promise<void> {
    await this.#ask(method, this.url(path), body, undefined);
  }

  async #ask(method: string, url: string, body: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const timeout = new AbortController();
    const timer = this.#options.clock.after(TIMEOUT_MS, () => timeout.abort());
    try {
      const response = await this.#options.fetch(url, {
        method,
        credentials: 'same-origin',
        headers: { Accept: 'application/json', ...this.headers(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
      });
      const text = await response.text();
      if (!response.ok) throw problemOf(response.status, text);
      return text === '' ? undefined : parsed(text);
    } catch (cause) {
      if (cause instanceof ApiError) throw cause;
      if (signal?.aborted) throw ApiError.local('cancelled', cause);
      throw ApiError.local(timeout.signal.aborted ? 'timeout' : 'network', cause);
    } finally {
      timer.cancel();
    }
  }
}

/** @throws ApiError `answer-not-understood` */
export function understand<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (!result.success) throw ApiError.local('answer-not-understood', result.error);
  return result.data;
}

/** What went wrong, from an answer that is not a success; a proxy's HTML page becomes `unavailable`. */
export function problemOf(status: number, text: string): ApiError {
  const body = parsedOrNothing(text);
  const result = problem.safeParse(body);
  if (!result.success) return new ApiError({ code: status >= 500 ? 'unavailable' : 'answer-not-understood', status, body });
  return new ApiError({ code: result.data.code, status, detail: result.data.detail, faults: result.data.errors, body });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw ApiError.local('answer-not-understood', cause);
  }
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
