import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { Problem } from '@tieng-lang/shared/contract/http/basics';

/** An answer of the API that is a problem (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(call: string, status: number, problem: Partial<Problem>) {
    super(`${call} → ${status} ${problem.code ?? ''} ${problem.detail ?? ''} ${JSON.stringify(problem.errors ?? [])}`);
    this.status = status;
    this.problem = problem;
  }
}

/** An API call may take this long before it counts as failed; uploads of 200 MB on loopback stay far below. */
const TIMEOUT_MS = 60_000;

/** The HTTP contract, as a script uses it: with an API key. */
export class ApiClient {
  readonly baseUrl: string;
  readonly #key: string | undefined;

  constructor(options: { baseUrl: string; key?: string }) {
    this.baseUrl = options.baseUrl;
    this.#key = options.key;
  }

  withKey(key: string): ApiClient {
    return new ApiClient({ baseUrl: this.baseUrl, key });
  }

  get<Answer = unknown>(path: string): Promise<Answer> {
    return this.#call<Answer>('GET', path);
  }

  post<Answer = unknown>(path: string, body: unknown = {}): Promise<Answer> {
    return this.#call<Answer>('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  patch<Answer = unknown>(path: string, body: unknown): Promise<Answer> {
    return this.#call<Answer>('PATCH', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  delete<Answer = unknown>(path: string): Promise<Answer> {
    return this.#call<Answer>('DELETE', path);
  }

  async upload<Answer = unknown>(path: string, file: string): Promise<Answer> {
    const form = new FormData();
    form.set('file', await openAsBlob(file), basename(file));
    return this.#call<Answer>('POST', path, form);
  }

  /** The raw answer, for files and streams. */
  raw(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#key !== undefined) headers.set('authorization', `Bearer ${this.#key}`);
    return fetch(`${this.baseUrl}${path}`, { ...init, headers });
  }

  /**
   * Signs in as a person and makes a key for what follows.
   * @throws ProblemError `wrong-credentials`, `forbidden`
   */
  async keyFor(credentials: { username: string; password: string }, key: { name: string; role: string }): Promise<string> {
    const signedIn = await this.raw('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(credentials),
    });
    const session = (await signedIn.json()) as { csrfToken: string } & Partial<Problem>;
    if (!signedIn.ok) throw new ProblemError('POST /session', signedIn.status, session);
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    const headers = { 'content-type': 'application/json', cookie, 'x-csrf-token': session.csrfToken };
    const made = await this.raw('/api/v1/api-keys', { method: 'POST', headers, body: JSON.stringify(key) });
    const answer = (await made.json()) as { key: string } & Partial<Problem>;
    if (!made.ok) throw new ProblemError('POST /api-keys', made.status, answer);
    await (await this.raw('/api/v1/session', { method: 'DELETE', headers })).arrayBuffer();
    return answer.key;
  }

  async #call<Answer>(method: string, path: string, body?: string | FormData, headers: Record<string, string> = {}): Promise<Answer> {
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body !== undefined) init.body = body;
    const response = await this.raw(`/api/v1${path}`, init);
    const text = await response.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (!response.ok) throw new ProblemError(`${method} ${path}`, response.status, (answer ?? {}) as Partial<Problem>);
    return answer as Answer;
  }
}
