import { randomUUID } from 'node:crypto';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** What a caller may hand us to be found by in our records; anything else is replaced. */
const GIVEN_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** What one request leaves for those who answer and record it. */
export interface RequestNotes {
  requestId: string;
  /** The route's pattern: a label of the metrics, so never the address itself. */
  route: string;
  actorId?: string;
}

/** A record and a measurement of each request. The query is left out: it may hold a key (`calendar.ics?key=`). */
export function requestLog(options: { clock: Clock; log: Logger; metrics: Metrics }): RequestHandler {
  const { clock, log, metrics } = options;
  const duration = metrics.histogram({
    name: 'tl_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
  });
  return (request, response, next) => {
    const startedMs = clock.monotonicMs();
    const given = request.get('x-request-id');
    const notes: RequestNotes = { requestId: given && GIVEN_ID.test(given) ? given : randomUUID(), route: 'none' };
    response.locals.notes = notes;
    response.setHeader('X-Request-Id', notes.requestId);
    const { method, path } = request;
    response.once('close', () => {
      const tookMs = clock.monotonicMs() - startedMs;
      const status = response.headersSent ? response.statusCode : 0;
      // A stream that stays open for a day says nothing about how fast answers are.
      if (response.getHeader('Content-Type') !== 'text/event-stream') {
        duration.observe({ method, route: notes.route, status }, tookMs / 1000);
      }
      const record = { event: 'http-answered', ...notes, method, path, status, tookMs: Math.round(tookMs) };
      if (status >= 500) log.error(record);
      else if (method === 'GET' || method === 'HEAD') log.debug(record);
      else log.info(record);
    });
    next();
  };
}
