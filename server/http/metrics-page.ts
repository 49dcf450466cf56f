import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { CodedError } from '@tieng-lang/shared/errors';
import type { RequestHandler } from 'express';
import type { Authenticate } from './access.ts';
import type { Metrics } from './metrics.ts';
import type { RequestNotes } from './request-log.ts';

/** `GET /metrics`: for a collector on this machine, or for whoever signs in, as by an API key. */
export function metricsPage(options: { metrics: Metrics; authenticate: Authenticate }): RequestHandler {
  const { metrics, authenticate } = options;
  return async (request, response) => {
    (response.locals.notes as RequestNotes).route = '/metrics';
    if (!isLocal(request) && !(await authenticate(request))) throw new CodedError('not-signed-in');
    const { contentType, text } = await metrics.collect();
    response.status(200).set({ 'Content-Type': contentType, 'Cache-Control': 'no-store' }).send(text);
  };
}

/** Behind a reverse proxy every caller comes from this machine; what it forwards is not local. */
function isLocal(request: IncomingMessage): boolean {
  if (request.headers.forwarded !== undefined || request.headers['x-forwarded-for'] !== undefined) return false;
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}
