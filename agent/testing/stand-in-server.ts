import 'reflect-metadata';
import { createHash, randomBytes, randomUUID, type webcrypto } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTls, type TLSSocket, type Server as TlsServer } from 'node:tls';
import {
  BasicConstraintsExtension,
  type X509Certificate as PeculiarCertificate,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { crockford, type EnrolAnswer, pinOfAuthority } from '@tieng-lang/shared/contract/enrolment';
import { type AgentPublishes, type AgentSubscribes, parseTopic, topicOf } from '@tieng-lang/shared/contract/topics';
import { type SignedKind, signMessage } from '@tieng-lang/shared/signing/jws';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { Aedes, type Client } from 'aedes';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** What goes wrong with the next answers of `/media`. Each is used up by one answer. */
export type MediaFault = { cutAfterBytes: number } | { status: number } | { ignoreRange: true } | { otherBytes: Buffer };

export interface Published {
  leaf: AgentPublishes;
  payload: Buffer;
  text: string;
}

interface Waiting {
  leaf: AgentPublishes;
  matches: (message: Published) => boolean;
  resolve: (message: Published) => void;
}

/**
 * The server's side of the contract, as small as it can be and real where it counts: TLS with certificates of its own
 * CA, an MQTT broker, ranges over HTTPS, signatures, the clock exchange. For the agent's tests.
 */
export class StandInServer {
  readonly station = 'huong-dao';
  readonly cluster = 'C01';
  readonly #clock: Clock;
  #caKeys: webcrypto.CryptoKeyPair | undefined;
  #ca: PeculiarCertificate | undefined;
  #signing: { keys: webcrypto.CryptoKeyPair; kid: string; x: string } | undefined;
  #https: HttpsServer | undefined;
  #tls: TlsServer | undefined;
  #aedes: Aedes | undefined;
  #secret = '';
  #waiting: Waiting[] = [];
  readonly published: Published[] = [];
  readonly media = new Map<string, Buffer>();
  readonly mediaFaults: MediaFault[] = [];
  readonly mediaRequests: { sha256: string; range: string | undefined; sentBytes: number }[] = [];
  /** Server time minus the machine's, ms. */
  offsetMs = 0;
  answersClock = true;
  answersJournal = true;
  /** Receipts and alarms by number, as the journal brought them; a number that came twice is here once. */
  readonly journal = new Map<number, unknown>();
  journalMessages = 0;
  deviceId = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get authority(): string {
    return this.#need(this.#ca).toString('pem');
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#need(this.#https).address() as AddressInfo).port}`;
  }

  get brokerUrl(): string {
    return `mqtts://127.0.0.1:${(this.#need(this.#tls).address() as AddressInfo).port}`;
  }

  get code(): string {
    const pin = pinOfAuthority(
      createHash('sha256')
        .update(Buffer.from(this.#need(this.#ca).rawData))
        .digest(),
    );
    return `${this.#secret}${pin}`.replace(/(.{4})(?=.)/g, '$1-');
  }

  async start(): Promise<void> {
    this.#caKeys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    this.#ca = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=Stand-in CA',
      keys: this.#caKeys,
      signingAlgorithm: EC,
      notBefore: new Date(this.#clock.nowMs() - DAY_MS),
      notAfter: new Date(this.#clock.nowMs() + 30 * DAY_MS),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    this.newCode();
    const keys = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const { x } = await crypto.subtle.exportKey('jwk', keys.publicKey);
    this.#signing = { keys, kid: 'key-1', x: this.#need(x) };
    this.#https = createHttps(await this.#tlsOptions(), (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
    await new Promise<void>((resolve) => this.#need(this.#https).listen(0, '127.0.0.1', resolve));
    await this.startBroker(0);
  }

  async stop(): Promise<void> {
    await this.stopBroker();
    const https = this.#need(this.#https);
    https.closeAllConnections();
    await new Promise((resolve) => https.close(resolve));
  }

  async startBroker(port: number): Promise<void> {
    const aedes = await Aedes.createBroker();
    aedes.on('publish', (packet, client) => this.#heard(packet.topic, packet.payload as Buffer, client));
    this.#aedes = aedes;
    this.#tls = createTls({ ...(await this.#tlsOptions()), requestCert: true, rejectUnauthorized: true }, (socket: TLSSocket) => {
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => this.#need(this.#tls).listen(port, '127.0.0.1', resolve));
  }

  /** Cuts all connections; returns the port, for coming back on the same one. */
  async stopBroker(): Promise<number> {
    const tls = this.#need(this.#tls);
    const { port } = tls.address() as AddressInfo;
    const closed = new Promise((resolve) => tls.close(resolve));
    await new Promise<void>((resolve) => this.#need(this.#aedes).close(() => resolve()));
    await closed;
    return port;
  }

  /** A new one-time secret; the one before is worth nothing. */
  newCode(): void {
    this.#secret = crockford(randomBytes(10)).slice(0, 12);
  }

  async sign(kind: SignedKind, body: unknown, claims: { ver: number; expAtMs?: number; jti?: string; aud?: string }): Promise<string> {
    const signing = this.#need(this.#signing);
    const nowMs = this.#clock.nowMs() + this.offsetMs;
    const message = {
      aud: claims.aud ?? this.deviceId,
      iat: Math.floor(nowMs / 1000),
      exp: Math.ceil((claims.expAtMs ?? nowMs + 7 * DAY_MS) / 1000),
      jti: claims.jti ?? randomUUID(),
      ver: claims.ver,
      body,
    };
    return signMessage(kind, message, { kid: signing.kid, privateKey: signing.keys.privateKey });
  }

  get signingKeys(): EnrolAnswer['signingKeys'] {
    const { kid, x } = this.#need(this.#signing);
    return [{ kid, kty: 'OKP', crv: 'Ed25519', x }];
  }

  publish(leaf: AgentSubscribes, payload: string, retain = false): Promise<void> {
    return new Promise((resolve, reject) => {
      const topic = topicOf(this, leaf);
      this.#need(this.#aedes).publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** The first message on a leaf that matches, of those that came already or are still to come. */
  heard(leaf: AgentPublishes, matches: (message: Published) => boolean = () => true): Promise<Published> {
    const found = this.published.find((message) => message.leaf === leaf && matches(message));
    return found ? Promise.resolve(found) : this.next(leaf, matches);
  }

  /** The next message on a leaf that matches, from now on. */
  next(leaf: AgentPublishes, matches: (message: Published) => boolean = () => true): Promise<Published> {
    return new Promise((resolve) => this.#waiting.push({ leaf, matches, resolve }));
  }

  /** Adds a file for devices to fetch. */
  addMedia(bytes: Buffer): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.media.set(sha256, bytes);
    return sha256;
  }

  #heard(topic: string, payload: Buffer, client: Client | null): void {
    const leaf = parseTopic(topic)?.leaf as AgentPublishes | undefined;
    if (!client || !leaf) return;
    const receivedAtMs = this.#clock.nowMs() + this.offsetMs;
    const message = { leaf, payload, text: payload.toString('utf8') };
    this.published.push(message);
    if (leaf === 'clock/ask' && this.answersClock) this.#answerClock(message.text, receivedAtMs);
    if (leaf === 'journal') this.#store(message.text);
    for (const waiting of this.#waiting.filter((held) => held.leaf === leaf && held.matches(message))) {
      this.#waiting = this.#waiting.filter((held) => held !== waiting);
      waiting.resolve(message);
    }
  }

  #answerClock(text: string, t2: number): void {
    const { id, t1 } = JSON.parse(text) as { id: number; t1: number };
    this.#send('clock/reply', JSON.stringify({ id, t1, t2, t3: this.#clock.nowMs() + this.offsetMs }));
  }

  #store(text: string): void {
    this.journalMessages += 1;
    if (!this.answersJournal) return;
    const { epoch, entries } = JSON.parse(text) as { epoch: string; entries: { seq: number }[] };
    for (const entry of entries) this.journal.set(entry.seq, entry);
    this.#send('journal/seen', JSON.stringify({ epoch, seq: entries.at(-1)?.seq }));
  }

  #send(leaf: AgentSubscribes, payload: string): void {
    // A broker that is being stopped takes nothing more; the agent asks again.
    this.publish(leaf, payload).catch(() => undefined);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (path === '/authority') json(response, 200, { certificate: this.authority });
    else if (path === '/enrol') await this.#enrol(request, response);
    else if (path.startsWith('/media/')) this.#serve(request, response, path.slice(7));
    else json(response, 404, { code: 'not-found' });
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString()) as { code: string; request: string };
    if (this.#secret === '' || body.code.slice(0, 12) !== this.#secret) {
      json(response, 403, { code: 'enrolment-code-invalid' });
      return;
    }
    this.#secret = '';
    this.deviceId = `${this.station}.${this.cluster}.${randomBytes(4).toString('hex')}`;
    const certificate = await this.#certify(this.deviceId, await new Pkcs10CertificateRequest(body.request).publicKey.export());
    const answer: EnrolAnswer = {
      deviceId: this.deviceId,
      station: this.station,
      cluster: this.cluster,
      speakers: ['C01-L1', 'C01-L2'],
      certificate,
      authority: this.authority,
      signingKeys: this.signingKeys,
      brokerUrl: this.brokerUrl,
    };
    json(response, 201, answer);
  }

  #serve(request: IncomingMessage, response: ServerResponse, sha256: string): void {
    const fault = this.mediaFaults.shift();
    const range = request.headers.range;
    const entry = { sha256, range, sentBytes: 0 };
    this.mediaRequests.push(entry);
    const bytes = fault && 'otherBytes' in fault ? fault.otherBytes : this.media.get(sha256);
    if (!bytes || (fault && 'status' in fault)) {
      json(response, fault && 'status' in fault ? fault.status : 404, { code: 'not-found' });
      return;
    }
    const from = range && !(fault && 'ignoreRange' in fault) ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    const rest = bytes.subarray(from);
    const part = range !== undefined && from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, etag: `"${sha256}"`, ...part });
    if (fault && 'cutAfterBytes' in fault) {
      entry.sentBytes = fault.cutAfterBytes;
      response.write(rest.subarray(0, fault.cutAfterBytes), () => response.destroy());
      return;
    }
    entry.sentBytes = rest.length;
    response.end(rest);
  }

  async #tlsOptions(): Promise<{ key: string; cert: string; ca: string }> {
    const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
    const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`;
    return { key, cert: await this.#certify('stand-in', keys.publicKey, '127.0.0.1'), ca: this.authority };
  }

  async #certify(name: string, publicKey: webcrypto.CryptoKey, ip?: string): Promise<string> {
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.#need(this.#ca).subject,
      publicKey,
      signingKey: this.#need(this.#caKeys).privateKey,
      signingAlgorithm: EC,
      serialNumber: randomBytes(8).toString('hex'),
      notBefore: new Date(this.#clock.nowMs() - DAY_MS),
      notAfter: new Date(this.#clock.nowMs() + 20 * DAY_MS),
      extensions: ip === undefined ? [] : [new SubjectAlternativeNameExtension([{ type: 'ip', value: ip }])],
    });
    return certificate.toString('pem');
  }

  #need<Value>(value: Value | undefined): Value {
    if (value === undefined) throw new Error('the stand-in server was not started');
    return value;
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
