import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { sha256 } from '@tieng-lang/shared/contract/basics';
import { enrolRequest } from '@tieng-lang/shared/contract/enrolment';
import { CodedError, type Language } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { toProblem } from '../http/problem.ts';
import type { AdmittedDevice, AuthorityService, ContentService } from '../services.ts';
import { Attempts } from './attempts.ts';
import { parseRange } from './byte-range.ts';
import type { Enrolment } from './enrolment.ts';

/** A code and a signing request; the contract allows 10,060 characters. */
const BODY_BYTES_MAX = 16_384;
/** Headers and a small body on a bad 4G link. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A download that takes nothing for this long is cut; the device resumes it where it stopped. */
const IDLE_TIMEOUT_MS = 60_000;
/** Two downloads for each cluster of the largest commune, and as many again for whoever knocks. */
const CONNECTIONS_MAX = 500;
/** Downloads that have not ended by then are cut when the server stops. */
const STOP_TIMEOUT_MS = 2000;

export interface DevicePortOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  authority: Pick<AuthorityService, 'certificate' | 'serverCredentials' | 'onRenewed'>;
  enrolment: Pick<Enrolment, 'redeem'>;
  isAdmitted: (device: AdmittedDevice) => Promise<boolean>;
  content: Pick<ContentService, 'soundFile'>;
  clock: Clock;
  log: Logger;
}

export interface DevicePort {
  /** @throws CodedError `port-busy` */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Where it listens; 0 until it has started. */
  readonly port: number;
}

/** HTTPS for devices: the CA's certificate and enrolment for anybody, media for enrolled devices only. */
export function createDevicePort(options: DevicePortOptions): DevicePort {
  return new HttpsDevicePort(options);
}

class HttpsDevicePort implements DevicePort {
  readonly #options: DevicePortOptions;
  readonly #attempts: Attempts;
  #server: Server | undefined;
  #port = 0;

  constructor(options: DevicePortOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { authority, log, host, port } = this.#options;
    const server = createServer(
      // The certificate is asked for and judged by each route: whoever enrols has none yet.
      { ...this.#context(), requestCert: true, rejectUnauthorized: false, requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.#answer(request, response),
    );
    this.#server = server;
    server.maxConnections = CONNECTIONS_MAX;
    server.setTimeout(IDLE_TIMEOUT_MS);
    server.on('tlsClientError', (error) => log.debug({ event: 'device-handshake-failed', reason: error.message }));
    authority.onRenewed(() => server.setSecureContext(this.#context()));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const busy = error.code === 'EADDRINUSE';
        reject(busy ? new CodedError('port-busy', { params: { port, variable: 'TL_DEVICE_PORT' } }) : error);
      });
      server.listen(port, host, resolve);
    });
    const address = server.address();
    this.#port = address && typeof address === 'object' ? address.port : 0;
    log.info({ event: 'device-port-listening', port: this.#port });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const late = this.#options.clock.after(STOP_TIMEOUT_MS, () => server.closeAllConnections());
    await closed;
    late.cancel();
  }

  #context() {
    const { key, certificate, authority } = this.#options.authority.serverCredentials();
    return { key, cert: certificate, ca: authority, minVersion: 'TLSv1.2' } as const;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#options;
    const from = request.socket.remoteAddress;
    try {
      await this.#route(request, response);
    } catch (error) {
      const language: Language = /^en\b/.test(request.headers['accept-language'] ?? '') ? 'en' : 'vi';
      const requestId = randomUUID();
      const problem = toProblem(error, { language, requestId });
      if (problem.status >= 500) log.error({ event: 'device-request-failed', path: request.url, requestId, err: error });
      else log.info({ event: 'device-request-refused', path: request.url, code: problem.body.code, from });
      if (response.headersSent) {
        // The status is out: only a broken connection can say that the rest will not come.
        response.destroy();
        return;
      }
      const close = problem.status === 413 ? { Connection: 'close' } : {};
      send(response, problem.status, problem.body, { ...problem.headers, ...close, 'Content-Type': 'application/problem+json' });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'https://device.invalid');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (pathname === '/health') return this.#only(reads, () => send(response, 200, { status: 'ok' }));
    if (pathname === '/authority')
      return this.#only(reads, () => send(response, 200, { certificate: this.#options.authority.certificate }));
    if (pathname === '/enrol') return this.#only(request.method === 'POST', () => this.#enrol(request, response));
    const [, hash] = /^\/media\/([0-9a-f]{64})$/.exec(pathname) ?? [];
    if (hash === undefined) throw new CodedError('not-found');
    return this.#only(reads, () => this.#media(request, response, hash));
  }

  async #only(allowed: boolean, run: () => Promise<void> | void): Promise<void> {
    if (!allowed) throw new CodedError('method-not-allowed');
    await run();
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.socket.remoteAddress ?? '';
    this.#attempts.check(address);
    const body = enrolRequest.safeParse(await readJson(request));
    try {
      if (!body.success) throw new CodedError('invalid-input', { faults: faultsOf(body.error.issues) });
      send(response, 200, await this.#options.enrolment.redeem(body.data.code, body.data.request));
    } catch (error) {
      this.#attempts.failed(address);
      throw error;
    }
  }

  async #media(request: IncomingMessage, response: ServerResponse, hash: string): Promise<void> {
    const device = deviceOf(request);
    if (!device || !(await this.#options.isAdmitted(device))) throw new CodedError('device-not-accepted');
    const file = await this.#options.content.soundFile(sha256.parse(hash));
    if (!file) throw new CodedError('not-found');
    const etag = `"${hash}"`;
    const headers = {
      'Content-Type': 'audio/ogg',
      ETag: etag,
      'Accept-Ranges': 'bytes',
      // The name is the hash of the content: it can never be another.
      'Cache-Control': 'public, max-age=31536000, immutable',
    };
    const condition = request.headers['if-range'];
    const range = condition !== undefined && condition !== etag ? undefined : parseRange(request.headers.range, file.bytes);
    if (range === 'not-satisfiable') {
      response.setHeader('Content-Range', `bytes */${file.bytes}`);
      throw new CodedError('range-not-satisfiable');
    }
    const { first, last } = range ?? { first: 0, last: file.bytes - 1 };
    response.writeHead(range ? 206 : 200, {
      ...headers,
      'Content-Length': last - first + 1,
      ...(range ? { 'Content-Range': `bytes ${first}-${last}/${file.bytes}` } : {}),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await pipeline(createReadStream(file.path, { start: first, end: last }), response);
    } catch (error) {
      // The device went away in the middle, as 4G does; it comes back for the rest.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  }
}

/** The name and number of a client certificate that our CA signed; undefined without one. */
function deviceOf(request: IncomingMessage): AdmittedDevice | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject, serialNumber } = socket.getPeerCertificate();
  const deviceId: unknown = subject?.CN;
  return typeof deviceId === 'string' && serialNumber ? { deviceId, serial: serialNumber.toLowerCase() } : undefined;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await new Promise<string>((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      // The rest runs into the void, so that the answer still gets through; the request's time limit ends it.
      if (bytes > BODY_BYTES_MAX) reject(new CodedError('body-too-large', { params: { limit: `${BODY_BYTES_MAX / 1024} kB` } }));
      else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts).toString('utf8')));
    request.on('error', reject);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('invalid-json', { cause });
  }
}

function faultsOf(issues: readonly { path: readonly PropertyKey[]; message: string }[]): { path: string; message: string }[] {
  return issues.slice(0, 10).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(text);
}
