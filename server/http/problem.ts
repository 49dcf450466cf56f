import { STATUS_CODES } from 'node:http';
import type { Problem } from '@tieng-lang/shared/contract/http/basics';
import { CodedError, describeError, ERRORS, type ErrorCode, type ErrorParams, type Language } from '@tieng-lang/shared/errors';
import type { Request } from 'express';

/** What the JSON reader takes; everything bigger goes through an upload, which streams. */
export const JSON_BYTES_MAX = 1024 * 1024;

export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: Problem;
}

/** Vietnamese, unless the caller prefers English. */
export function languageOf(request: Pick<Request, 'acceptsLanguages'>): Language {
  return request.acceptsLanguages('vi', 'en') === 'en' ? 'en' : 'vi';
}

/**
 * Every error as the answer that leaves (RFC 9457). What is not of the error table is `internal`: its message may hold
 * anything, so nothing of it goes out but the reference under which it was logged.
 */
export function toProblem(error: unknown, context: { language: Language; requestId: string }): ProblemAnswer {
  const { code, params, faults } = recognise(error) ?? { code: 'internal' as const, params: { requestId: context.requestId }, faults: [] };
  const { status } = ERRORS[code];
  const headers: Record<string, string> = { 'Content-Language': context.language };
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="tieng-lang"';
  if (params.seconds !== undefined) headers['Retry-After'] = String(params.seconds);
  return {
    status,
    headers,
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code,
      detail: describeError(code, context.language, params),
      ...(faults.length > 0 ? { errors: faults.map(({ path, message }) => ({ path, message })) } : {}),
    },
  };
}

interface Recognised {
  code: ErrorCode;
  params: ErrorParams;
  faults: CodedError['faults'];
}

function recognise(error: unknown): Recognised | undefined {
  if (error instanceof CodedError) return { code: error.code, params: error.params, faults: error.faults };
  // A percent sign that begins no character: no address of ours.
  if (error instanceof URIError) return { code: 'not-found', params: {}, faults: [] };
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  const code = typeof type === 'string' ? BODY_FAULTS[type] : undefined;
  return code && { code, params: { limit: `${JSON_BYTES_MAX / 1024 / 1024} MB` }, faults: [] };
}

/** What Express's body reader calls its errors. */
const BODY_FAULTS: Readonly<Record<string, ErrorCode>> = {
  'entity.parse.failed': 'invalid-json',
  'entity.verify.failed': 'invalid-json',
  'request.size.invalid': 'invalid-json',
  'request.aborted': 'invalid-json',
  'entity.too.large': 'body-too-large',
  'charset.unsupported': 'unsupported-media-type',
  'encoding.unsupported': 'unsupported-media-type',
};
