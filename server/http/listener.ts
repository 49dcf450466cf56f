import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** A head that is not whole by then is a slow-loris, not a slow line. */
const HEADERS_TIMEOUT_MS = 15_000;
/** 200 MB over a poor uplink of 1 Mbit/s take 27 minutes; Node's own limit of 5 would cut such an upload off. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
/** Longer than a reverse proxy keeps its side (60 s), so that it never writes into a connection we just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A commune has a dozen consoles with a handful of connections each; beyond, somebody is holding them. */
const CONNECTIONS_MAX = 1_000;
/** An answer that is under way at the stop may finish within this; then its socket is closed. */
const STOP_GRACE_MS = 3_000;

/** One HTTP port: console and API. */
export class Listener {
  readonly #host: string;
  readonly #port: number;
  readonly #variable: string;
  readonly #clock: Clock;
  /** For what is not HTTP but begins so (WebSockets): listen to its `upgrade`. */
  readonly server: Server;
  /** Every connection, and how many answers are under way on it. */
  readonly #connections = new Map<Socket, number>();

  constructor(options: { app: RequestListener; host: string; port: number; variable: string; clock: Clock }) {
    this.#host = options.host;
    this.#port = options.port;
    this.#variable = options.variable;
    this.#clock = options.clock;
    this.server = createServer(
      { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
      options.app,
    );
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('connection', (socket) => {
      this.#connections.set(socket, 0);
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
  }

  /** @throws CodedError `port-busy`, `address-unavailable` */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (cause: NodeJS.ErrnoException) => {
        const params = { port: this.#port, host: this.#host, variable: this.#variable, reason: cause.code ?? cause.message };
        reject(new CodedError(cause.code === 'EADDRINUSE' ? 'port-busy' : 'address-unavailable', { params, cause }));
      };
      this.server.once('error', failed);
      this.server.listen(this.#port, this.#host, () => {
        this.server.off('error', failed);
        resolve();
      });
    });
  }

  /** The port that was really taken, where 0 was asked for. Undefined before the start. */
  get port(): number | undefined {
    return (this.server.address() as AddressInfo | null)?.port;
  }

  /** As a browser on this machine opens it. */
  get url(): string {
    const everywhere = this.#host === '0.0.0.0' || this.#host === '::';
    const host = everywhere ? '127.0.0.1' : this.#host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port ?? this.#port}`;
  }

  /** Takes no more, lets answers under way finish, and is done within the grace whatever the other side does. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // Node's own closeIdleConnections spares those that have not asked anything yet, and never looks again.
    for (const [socket, answers] of this.#connections) if (answers === 0) socket.destroy();
    const cut = this.#clock.after(STOP_GRACE_MS, () => {
      for (const socket of this.#connections.keys()) socket.destroy();
    });
    await closed;
    cut.cancel();
  }

  #count(socket: Socket, by: number): void {
    const answers = this.#connections.get(socket);
    if (answers === undefined) return;
    this.#connections.set(socket, answers + by);
    if (answers + by === 0 && !this.server.listening) socket.end();
  }
}
