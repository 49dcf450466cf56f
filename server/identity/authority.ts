import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { pinOfAuthority } from '@tieng-lang/shared/contract/enrolment';
import { SERVER_CLIENT_ID } from '@tieng-lang/shared/contract/topics';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { AuthorityService, Credentials } from '../services.ts';
import { alternativeNames, namesOfServer } from './authority-names.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A Pi has no clock battery and may boot in 1970: a certificate that begins later would be "not yet valid" to it. */
const ALWAYS = new Date(0);
/** The devices pin the CA; a shorter life would mean a visit to every pole. */
const AUTHORITY_MS = 40 * 365 * DAY_MS;
/** A device's certificate ends by revocation, not by age: one that ran out on a roof would silence a village. */
const DEVICE_MS = 20 * 365 * DAY_MS;
/** The server's own are made anew without anybody noticing, so they may be short. */
const SERVER_MS = 825 * DAY_MS;
const RENEW_BEFORE_MS = 90 * DAY_MS;
const RENEWAL_LOOK_MS = DAY_MS;

export interface AuthorityOptions {
  dataDir: string;
  clock: Clock;
  log: Logger;
  /** The address that the server listens on. */
  host: string;
  /** The name by which devices come from outside, where that is another. */
  publicHost?: string | undefined;
}

export interface Authority extends AuthorityService {
  /**
   * Reads the CA and the server's certificates, or makes them on the first run.
   * @throws CodedError `key-file-damaged`: it is never replaced, for every device would have to be enrolled again
   */
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Pair {
  certificate: x509.X509Certificate;
  keys: { privateKey: CryptoKey; publicKey: CryptoKey };
  pem: string;
}

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export function createAuthority(options: AuthorityOptions): Authority {
  return new FileAuthority(options);
}

class FileAuthority implements Authority {
  readonly #options: AuthorityOptions;
  readonly #listeners = new Set<() => void>();
  #root: Pair | undefined;
  #server: Credentials | undefined;
  #client: Credentials | undefined;
  #timer: Timer | undefined;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { clock, log } = this.#options;
    this.#root = (await this.#read('authority.pem')) ?? (await this.#makeRoot());
    await this.#renewOwn();
    this.#timer = clock.every(RENEWAL_LOOK_MS, () => {
      this.#renewOwn().catch((error: unknown) => log.error({ event: 'certificate-renewal-failed', err: error }));
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
  }

  get certificate(): string {
    return this.#started(this.#root).certificate.toString('pem');
  }

  get pin(): string {
    return pinOfAuthority(
      createHash('sha256')
        .update(Buffer.from(this.#started(this.#root).certificate.rawData))
        .digest(),
    );
  }

  serverCredentials(): Credentials {
    return this.#started(this.#server);
  }

  clientCredentials(): Credentials {
    return this.#started(this.#client);
  }

  onRenewed(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async issue(deviceId: string, request: string): Promise<{ certificate: string; serial: string }> {
    const publicKey = await publicKeyOfRequest(request);
    const certificate = await this.#sign(publicKey, deviceId, DEVICE_MS, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
    ]);
    return { certificate: certificate.toString('pem'), serial: serialOf(certificate) };
  }

  async keyOf(request: string): Promise<string> {
    const publicKey = await publicKeyOfRequest(request);
    return createHash('sha256').update(Buffer.from(publicKey.rawData)).digest('hex');
  }

  /** The listeners' and the client's certificates: made where missing, near their end, or when the machine's names changed. */
  async #renewOwn(): Promise<void> {
    const addresses = Object.values(networkInterfaces()).flatMap((card) => (card ?? []).map(({ address }) => address));
    const { host, publicHost } = this.#options;
    const names = namesOfServer({ host, publicHost, hostname: hostname(), addresses });
    const before = this.#server?.serial;
    this.#server = await this.#own('server.pem', names, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], true),
      new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
    ]);
    this.#client = await this.#own('server-client.pem', undefined, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true),
    ]);
    if (before !== undefined && before !== this.#server.serial) for (const listener of this.#listeners) listener();
  }

  async #own(file: string, names: readonly string[] | undefined, extensions: x509.Extension[]): Promise<Credentials> {
    const kept = await this.#read(file);
    if (kept && this.#stillGood(kept.certificate, names)) return this.#credentials(kept);
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await this.#sign(keys.publicKey, SERVER_CLIENT_ID, SERVER_MS, extensions);
    return this.#credentials(await this.#write(file, certificate, keys));
  }

  #stillGood(certificate: x509.X509Certificate, names: readonly string[] | undefined): boolean {
    if (certificate.issuer !== this.#started(this.#root).certificate.subject) return false;
    if (certificate.notAfter.getTime() - this.#options.clock.nowMs() < RENEW_BEFORE_MS) return false;
    const held = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? [];
    // An address is spelled in several ways; a name that the certificate has and nobody uses any more does no harm.
    return (names ?? []).every((name) => held.some((other) => other.toLowerCase() === name || sameAddress(other, name)));
  }

  #credentials({ certificate, pem }: Pair): Credentials {
    const key = pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE-----'));
    return { key, certificate: certificate.toString('pem'), authority: this.certificate, serial: serialOf(certificate) };
  }

  async #makeRoot(): Promise<Pair> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: freshSerial(),
      // The name is one of its kind, so that a server set up twice is not taken for itself.
      name: `CN=Tieng Lang CA ${randomBytes(4).toString('hex')}`,
      notBefore: ALWAYS,
      notAfter: new Date(this.#options.clock.nowMs() + AUTHORITY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    this.#options.log.info({ event: 'authority-made' });
    return this.#write('authority.pem', certificate, keys);
  }

  async #sign(
    publicKey: CryptoKey | x509.PublicKey,
    commonName: string,
    lifeMs: number,
    extensions: x509.Extension[],
  ): Promise<x509.X509Certificate> {
    const root = this.#started(this.#root);
    return x509.X509CertificateGenerator.create({
      serialNumber: freshSerial(),
      subject: [{ CN: [commonName] }],
      issuer: root.certificate.subject,
      notBefore: ALWAYS,
      notAfter: new Date(this.#options.clock.nowMs() + lifeMs),
      publicKey,
      signingKey: root.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...extensions,
        await x509.AuthorityKeyIdentifierExtension.create(root.certificate.publicKey),
      ],
    });
  }

  /** Key and certificate stand in one file, so that a power cut cannot leave one without the other. */
  async #write(name: string, certificate: x509.X509Certificate, keys: Pair['keys']): Promise<Pair> {
    const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    const pem = `${key}\n${certificate.toString('pem')}\n`;
    await writeKeyFile(this.#file(name), pem);
    return { certificate, keys, pem };
  }

  async #read(name: string): Promise<Pair | undefined> {
    const pem = await readKeyFile(this.#file(name));
    if (pem === undefined) return undefined;
    try {
      const start = pem.indexOf('-----BEGIN CERTIFICATE-----');
      const certificate = new x509.X509Certificate(pem.slice(start));
      const key = x509.PemConverter.decodeFirst(pem.slice(0, start));
      const privateKey = await crypto.subtle.importKey('pkcs8', key, ALGORITHM, true, ['sign']);
      return { certificate, keys: { privateKey, publicKey: await certificate.publicKey.export() }, pem };
    } catch (cause) {
      throw new CodedError('key-file-damaged', { params: { file: this.#file(name) }, cause });
    }
  }

  #file(name: string): string {
    return join(this.#options.dataDir, 'keys', name);
  }

  #started<Part>(part: Part | undefined): Part {
    if (part === undefined) throw new Error('the authority was not started');
    return part;
  }
}

async function publicKeyOfRequest(pem: string): Promise<x509.PublicKey> {
  let request: x509.Pkcs10CertificateRequest;
  let proven = false;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
    proven = await request.verify();
  } catch (cause) {
    throw new CodedError('signing-request-invalid', { cause });
  }
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  // One kind of key, so that no request brings a weak one.
  if (!proven || name !== ALGORITHM.name || namedCurve !== ALGORITHM.namedCurve) throw new CodedError('signing-request-invalid');
  return request.publicKey;
}

/** 128 bits at random; the first byte keeps it positive and without leading zeros (RFC 5280 §4.1.2.2). */
function freshSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes.toString('hex');
}

function serialOf(certificate: x509.X509Certificate): string {
  return certificate.serialNumber.toLowerCase();
}

function sameAddress(one: string, other: string): boolean {
  const expanded = (address: string) => {
    try {
      return new URL(`http://[${address}]`).hostname;
    } catch {
      return undefined;
    }
  };
  const left = expanded(one);
  return left !== undefined && left === expanded(other);
}
