import type { Problem } from '@tieng-lang/shared/contract/http/basics';

/** What can go wrong without the server having said so. */
export type LocalCode = 'network' | 'timeout' | 'answer-not-understood' | 'cancelled';

/** A request that failed: a problem of the server (RFC 9457), or one of our own before it answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** The server's sentence in the person's language; empty for the local codes. */
  readonly detail: string;
  readonly faults: NonNullable<Problem['errors']>;
  /** The whole answer: some problems carry more (409 `needs-decision` holds what the check found). */
  readonly body: unknown;

  constructor(options: { code: string; status?: number; detail?: string; faults?: Problem['errors']; body?: unknown; cause?: unknown }) {
    super(
      `${options.code}${options.detail ? `: ${options.detail}` : ''}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = options.code;
    this.status = options.status ?? 0;
    this.detail = options.detail ?? '';
    this.faults = options.faults ?? [];
    this.body = options.body;
  }

  static local(code: LocalCode, cause?: unknown): ApiError {
    return new ApiError({ code, cause });
  }
}

export const isUnauthenticated = (error: unknown): boolean => error instanceof ApiError && error.code === 'not-signed-in';
