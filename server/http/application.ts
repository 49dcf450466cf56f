import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { type Authenticate, admit } from './access.ts';
import { consolePages } from './console-pages.ts';
import { parseInput } from './input.ts';
import type { Metrics } from './metrics.ts';
import { metricsPage } from './metrics-page.ts';
import { openapiRoutes } from './openapi.ts';
import { JSON_BYTES_MAX, languageOf, toProblem } from './problem.ts';
import { type RequestNotes, requestLog } from './request-log.ts';
import type { Reply, Route } from './route.ts';
import { bySpecificity, methodsOf } from './route-order.ts';

export interface ApplicationOptions {
  routes: readonly Route[];
  authenticate: Authenticate;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  version: string;
  /** Where the built console lies; without it, or while it is empty, a page says how to build it. */
  consoleDir?: string;
}

const JSON_TYPES = ['application/json', 'application/*+json'];

/** The whole of the HTTP port: API, its documents, metrics and console. */
export function createApplication(options: ApplicationOptions): Express {
  const { authenticate, clock, log, metrics, version, consoleDir } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(requestLog({ clock, log, metrics }));
  app.use(securityHeaders());
  app.get('/metrics', metricsPage({ metrics, authenticate }));
  app.use('/api/v1', apiRouter({ routes: options.routes, authenticate, version }));
  app.use('/api', () => {
    throw new CodedError('not-found');
  });
  if (consoleDir !== undefined) app.use(consolePages(consoleDir));
  app.use(() => {
    throw new CodedError('not-found');
  });
  app.use(problems(log));
  return app;
}

function apiRouter(options: { routes: readonly Route[]; authenticate: Authenticate; version: string }): Router {
  const router = express.Router({ caseSensitive: true });
  const readJson = express.json({ limit: JSON_BYTES_MAX, type: JSON_TYPES });
  const routes = bySpecificity([...options.routes, ...openapiRoutes({ routes: options.routes, version: options.version })]);

  router.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.vary('Accept-Language');
    next();
  });
  for (const route of routes) {
    router[route.method](route.path, (request, response) =>
      serve({ route, request, response, readJson, authenticate: options.authenticate }),
    );
  }
  for (const [path, methods] of methodsOf(routes)) {
    router.all(path, (_request, response) => {
      response.setHeader('Allow', methods.join(', '));
      throw new CodedError('method-not-allowed');
    });
  }
  return router;
}

async function serve(options: {
  route: Route;
  request: Request;
  response: Response;
  readJson: RequestHandler;
  authenticate: Authenticate;
}): Promise<void> {
  const { route, request, response } = options;
  const notes = response.locals.notes as RequestNotes;
  notes.route = route.path;
  const actor = await admit(route, request, options.authenticate);
  notes.actorId = actor.id;
  const language = languageOf(request);
  const query = route.query && parseInput(route.query, request.query, language);
  const body = route.body && parseInput(route.body, await readBody(request, response, options.readJson), language);
  const params = request.params as Record<string, string>;
  answer(response, await route.handle({ actor, params, query, body, language, request, response }));
}

/** @throws CodedError `unsupported-media-type` for a body that does not say it is JSON, and what the reader throws */
async function readBody(request: Request, response: Response, readJson: RequestHandler): Promise<unknown> {
  const present = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!present) return undefined;
  if (!request.is(JSON_TYPES)) throw new CodedError('unsupported-media-type');
  await new Promise<void>((resolve, reject) => {
    void readJson(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error)));
  });
  return request.body;
}

function answer(response: Response, reply: Reply): void {
  if (!reply) return;
  response.status(reply.status).set(reply.headers ?? {});
  if (reply.body === undefined) response.end();
  else if (typeof reply.body === 'string' || Buffer.isBuffer(reply.body)) response.send(reply.body);
  else response.json(reply.body);
}

/** Every error of a handler, or of what stands before it, leaves as problem+json; an unknown one is recorded whole. */
function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { requestId } = response.locals.notes as RequestNotes;
    const problem = toProblem(error, { language: languageOf(request), requestId });
    if (problem.status >= 500) log.error({ event: 'request-failed', requestId, code: problem.body.code, err: error });
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    response.status(problem.status).set(problem.headers).type('application/problem+json').send(JSON.stringify(problem.body));
  };
}

function securityHeaders(): RequestHandler {
  return helmet({
    // HTTPS is the business of what stands in front of us; told so by us, a browser could not open the plain port again.
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // The monitor decodes Opus by WebAssembly where the browser has no decoder of its own.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        // The component library writes style attributes.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'blob:', 'data:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}
