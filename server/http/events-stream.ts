import { serverEvents } from '@tieng-lang/shared/contract/http/events';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { EventMap, Events } from '../events.ts';
import type { Authenticate } from './access.ts';
import { type Route, route } from './route.ts';

/** Proxies and phones drop a silent connection after 30 to 60 s; a page learns within two beats that it is alone. */
const HEARTBEAT_MS = 15_000;
/** What one page may leave unread (some thousand events). Then it is cut off: it comes back and loads anew. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** A commune has a dozen consoles; a province some hundreds. */
const CLIENTS_MAX = 500;
/** What the browser waits before it connects again. */
const RETRY_MS = 3_000;

/**
 * `GET /events`: what changes, as server-sent events. Nothing is replayed: a page that connects loads what it shows, and
 * hears of changes from there on.
 */
export class EventStream {
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #authenticate: Authenticate;
  readonly #clients = new Map<Response, Request>();
  #heartbeat: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: { events: Events; clock: Clock; log: Logger; authenticate: Authenticate }) {
    this.#events = options.events;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#authenticate = options.authenticate;
  }

  get clients(): number {
    return this.#clients.size;
  }

  start(): void {
    this.#unsubscribe ??= this.#events.on('push', (event) => this.#push(event));
    this.#heartbeat ??= this.#clock.every(HEARTBEAT_MS, () => this.#beat());
  }

  /** Ends every stream; the pages come back by themselves when the server does. */
  stop(): void {
    this.#heartbeat?.cancel();
    this.#unsubscribe?.();
    this.#heartbeat = undefined;
    this.#unsubscribe = undefined;
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
  }

  get route(): Route {
    return route({
      method: 'get',
      path: '/events',
      tag: 'Hệ thống',
      summary: 'Thay đổi tức thời (server-sent events)',
      access: 'signed-in',
      answers: {
        200: { description: `Sự kiện: ${Object.keys(serverEvents).join(', ')}`, contentType: 'text/event-stream' },
      },
      handle: ({ request, response }) => this.#open(request, response),
    });
  }

  #open(request: Request, response: Response): undefined {
    if (!this.#heartbeat || this.#clients.size >= CLIENTS_MAX) throw new CodedError('unavailable');
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // Nginx collects an answer until its buffer is full unless it is told not to.
      'X-Accel-Buffering': 'no',
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.#clients.set(response, request);
    response.once('close', () => this.#clients.delete(response));
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  #push(event: EventMap['push']): void {
    const text = `event: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`;
    for (const client of this.#clients.keys()) this.#write(client, text);
  }

  #write(client: Response, text: string): void {
    if (client.writableLength > UNREAD_BYTES_MAX) {
      this.#log.warn({ event: 'event-stream-cut', unreadBytes: client.writableLength });
      this.#clients.delete(client);
      client.destroy();
      return;
    }
    client.write(text);
  }

  #beat(): void {
    for (const [client, request] of this.#clients) {
      this.#write(client, ': \n\n');
      this.#authenticate(request, { touch: false })
        .then((actor) => {
          if (!actor) this.#end(client);
        })
        .catch((error: unknown) => {
          this.#log.error({ event: 'event-stream-check-failed', err: error });
          this.#end(client);
        });
    }
  }

  #end(client: Response): void {
    this.#clients.delete(client);
    client.end();
  }
}
