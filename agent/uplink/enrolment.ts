import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { authorityAnswer, type EnrolAnswer, enrolAnswer, enrolmentCode, pinOfAuthority } from '@tieng-lang/shared/contract/enrolment';
import { CodedError, isErrorCode } from '@tieng-lang/shared/errors';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { parseJson } from '../json.ts';
import { retryDelayMs } from '../retry.ts';
import { requestOnce } from './device-request.ts';
import { fingerprintOf, hashOfCode, type Identity, loadIdentity, storeIdentity } from './identity.ts';

/** A technician stands at the pole and waits: tried soon, and for as long as it takes, as 4G may come up later. */
const RETRY = { firstMs: 1_000, capMs: 60_000 };

export interface EnrolmentOptions {
  dataDir: string;
  /** `brokerUrl`: the broker as this device reaches it, where that is not what the server calls it (a tunnel, a forwarded port). */
  server: { url: string; code: string; brokerUrl?: string | undefined };
  clock: Clock;
  log: Logger;
  signal?: AbortSignal;
  random?: () => number;
}

/**
 * Makes the device's own key, has it certified with a one-time code, and stores the identity. With the code of the
 * identity that is already there, it returns that one and asks nobody.
 * @throws CodedError `configuration-invalid`, `enrolment-pin-mismatch`, `enrolment-code-invalid` and what else the server
 * refuses with; a server that cannot be reached is tried again until the signal is aborted
 */
export async function enrol(options: EnrolmentOptions): Promise<Identity> {
  const { dataDir, clock, log, signal } = options;
  const code = parseCode(options.server.code);
  const base = parseBase(options.server.url);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const held = await loadIdentity(dataDir);
  if (held?.codeHash === hashOfCode(code)) return held;

  const keys = await makeKeys();
  for (let failures = 1; ; failures++) {
    signal?.throwIfAborted();
    try {
      const authority = await pinnedAuthority(base, code, options);
      const answer = await certify(base, code, authority, keys.request, options);
      const brokerUrl = options.server.brokerUrl ?? answer.brokerUrl;
      const identity = { ...answer, brokerUrl, privateKey: keys.privateKey, serverUrl: base.origin, codeHash: hashOfCode(code) };
      checkIdentity(identity, authority);
      await storeIdentity(dataDir, identity);
      log.info({ event: 'enrolled', deviceId: identity.deviceId });
      return identity;
    } catch (error) {
      if (error instanceof CodedError && error.code !== 'unavailable' && error.code !== 'too-many-requests') throw error;
      const delayMs = retryDelayMs(failures, RETRY, options.random ?? Math.random);
      log.warn({ event: 'enrolment-failed', err: error, failures, retryInMs: Math.round(delayMs) });
      await sleep(clock, delayMs, signal);
    }
  }
}

function parseCode(typed: string): string {
  const parsed = enrolmentCode.safeParse(typed);
  if (!parsed.success) throw new CodedError('enrolment-code-invalid');
  return parsed.data;
}

function parseBase(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base?.protocol !== 'https:')
    throw new CodedError('configuration-invalid', { faults: [{ path: 'server', message: 'must be https://host:port' }] });
  return base;
}

async function makeKeys(): Promise<{ request: string; privateKey: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=tieng-lang-agent', keys: pair, signingAlgorithm: algorithm });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' });
  return { request: request.toString('pem'), privateKey: privateKey.toString() };
}

/**
 * The CA's certificate of the server that answers, if it is the server that issued the code. Nothing secret is said in
 * this first request, so an unverified connection is enough; the code's pin is what verifies.
 */
async function pinnedAuthority(base: URL, code: string, options: EnrolmentOptions): Promise<string> {
  const answer = await ask('GET', new URL('/authority', base), options, { rejectUnauthorized: false });
  const parsed = authorityAnswer.safeParse(parseJson(answer));
  if (!parsed.success) throw new CodedError('enrolment-pin-mismatch');
  if (pinOfAuthority(fingerprint(parsed.data.certificate)) !== code.slice(12)) throw new CodedError('enrolment-pin-mismatch');
  return parsed.data.certificate;
}

function fingerprint(pem: string): Uint8Array {
  try {
    return fingerprintOf(pem);
  } catch (cause) {
    throw new CodedError('enrolment-pin-mismatch', { cause });
  }
}

async function certify(base: URL, code: string, authority: string, request: string, options: EnrolmentOptions): Promise<EnrolAnswer> {
  const body = JSON.stringify({ code, request });
  const answer = await ask('POST', new URL('/enrol', base), options, { ca: authority, rejectUnauthorized: true }, body);
  return enrolAnswer.parse(parseJson(answer));
}

async function ask(method: 'GET' | 'POST', url: URL, options: EnrolmentOptions, tls: object, body?: string): Promise<string> {
  const { status, text } = await requestOnce({
    url,
    method,
    clock: options.clock,
    tls,
    ...(body === undefined ? {} : { body }),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (status >= 200 && status < 300) return text;
  const problem = parseJson(text);
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : '';
  if (isErrorCode(code)) throw new CodedError(code);
  throw new Error(`the device port answered ${status}`);
}

/** A server's mistake here would lock the device out for good, so it is found before anything is stored. */
function checkIdentity(identity: Identity, authority: string): void {
  const certificate = new X509Certificate(identity.certificate);
  if (!certificate.checkPrivateKey(createPrivateKey(identity.privateKey))) throw new Error('the certificate is not of this key');
  if (!fingerprintOf(identity.authority).equals(fingerprintOf(authority))) throw new Error('the answer names another CA');
  if (certificate.subject !== `CN=${identity.deviceId}`) throw new Error('the certificate names another device');
}
