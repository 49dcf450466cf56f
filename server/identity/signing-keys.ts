import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SigningKey } from '@tieng-lang/shared/contract/enrolment';
import { CodedError } from '@tieng-lang/shared/errors';
import { signMessage } from '@tieng-lang/shared/signing/jws';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { Logger } from 'pino';
import * as z from 'zod';
import type { SigningService } from '../services.ts';
import { readKeyFile, writeKeyFile } from './key-file.ts';

const storedKey = z.object({ kid: z.string(), x: z.string(), d: z.string() });
const storedKeys = z.object({ current: storedKey, next: storedKey });
type StoredKey = z.infer<typeof storedKey>;

export interface SigningKeysOptions {
  dataDir: string;
  clock: Clock;
  log: Logger;
}

export interface SigningKeys extends SigningService {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What devices trust: the key in use and the one that will follow it, so that a rotation needs no visit. */
  publicKeys(): SigningKey[];
}

/** The Ed25519 keys that plans, overrides and orders are signed with; kept in the data folder, made on the first run. */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  return new FileSigningKeys(options);
}

class FileSigningKeys implements SigningKeys {
  readonly #options: SigningKeysOptions;
  #keys: z.infer<typeof storedKeys> | undefined;
  #signer: { kid: string; privateKey: CryptoKey } | undefined;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const file = join(this.#options.dataDir, 'keys', 'signing.json');
    const text = await readKeyFile(file);
    this.#keys = text === undefined ? await this.#make(file) : parseKeys(file, text);
    const { kid, x, d } = this.#keys.current;
    this.#signer = { kid, privateKey: (await importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, 'EdDSA')) as CryptoKey };
  }

  async stop(): Promise<void> {
    this.#signer = undefined;
  }

  publicKeys(): SigningKey[] {
    const { current, next } = this.#started(this.#keys);
    return [current, next].map(({ kid, x }) => ({ kid, kty: 'OKP', crv: 'Ed25519', x }));
  }

  sign(...[kind, message]: Parameters<SigningService['sign']>): Promise<string> {
    const { deviceId: aud, expAtMs, ver, jti, body } = message;
    const iat = Math.floor(this.#options.clock.nowMs() / 1000);
    return signMessage(kind, { aud, iat, exp: Math.ceil(expAtMs / 1000), jti, ver, body }, this.#started(this.#signer));
  }

  async #make(file: string): Promise<z.infer<typeof storedKeys>> {
    const keys = { current: await freshKey(), next: await freshKey() };
    await writeKeyFile(file, JSON.stringify(keys));
    this.#options.log.info({ event: 'signing-keys-made', current: keys.current.kid, next: keys.next.kid });
    return keys;
  }

  #started<Part>(part: Part | undefined): Part {
    if (part === undefined) throw new Error('the signing keys were not started');
    return part;
  }
}

async function freshKey(): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x, d } = await exportJWK(privateKey);
  return storedKey.parse({ kid: randomBytes(8).toString('hex'), x, d });
}

function parseKeys(file: string, text: string): z.infer<typeof storedKeys> {
  try {
    return storedKeys.parse(JSON.parse(text));
  } catch (cause) {
    // Never replaced by a new one: every device in the field would refuse everything from then on.
    throw new CodedError('key-file-damaged', { params: { file }, cause });
  }
}
