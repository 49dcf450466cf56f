import { CompactSign, type CryptoKey, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import * as z from 'zod';
import type { SigningKey } from '../contract/enrolment.ts';
import { CodedError } from '../errors.ts';

/**
 * The claims around every signed message (RFC 7519 §4.1). `iat` and `exp` are whole seconds. `ver` only grows within
 * one kind and one device; a message with a `ver` at or below the one in force was replayed.
 */
const claims = z.object({
  aud: z.string().max(100),
  iat: z.number().int(),
  exp: z.number().int(),
  jti: z.string().min(1).max(100),
  ver: z.number().int().min(1),
  body: z.unknown(),
});
export type Claims = z.infer<typeof claims>;

/** `typ` of the protected header: a plan can never be passed off as an order. */
export type SignedKind = 'plan' | 'override' | 'order';
const typeOf = (kind: SignedKind): string => `tl-${kind}+jws`;

/** A signed message may not be larger; 1 MB is 20 times the plan of a busy commune. */
export const SIGNED_BYTES_MAX = 1_000_000;

/** Signs claims as a compact JWS (RFC 7515 §3.1) with EdDSA over Ed25519 (RFC 8037 §3.1). */
export async function signMessage(kind: SignedKind, message: Claims, key: { kid: string; privateKey: CryptoKey }): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(message)))
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: typeOf(kind) })
    .sign(key.privateKey);
}

/** The keys that a device trusts, imported once. */
export class KeyRing {
  readonly #keys = new Map<string, CryptoKey>();

  static async of(keys: readonly SigningKey[]): Promise<KeyRing> {
    const ring = new KeyRing();
    for (const key of keys) {
      const imported = await importJWK({ kty: key.kty, crv: key.crv, x: key.x }, 'EdDSA');
      if (imported instanceof Uint8Array) throw new CodedError('message-not-signed');
      ring.#keys.set(key.kid, imported);
    }
    return ring;
  }

  get(kid: string): CryptoKey | undefined {
    return this.#keys.get(kid);
  }
}

export interface Expectation {
  kind: SignedKind;
  /** The device that verifies; a message to anybody else is refused. */
  deviceId: string;
  /** The present by the device's clock, ms; undefined while its time is unknown: then `exp` cannot be judged. */
  nowMs: number | undefined;
}

/**
 * Verifies signature, kind, addressee and expiry, and returns the claims; the caller checks `ver` and `jti` against what
 * it holds, and parses `body` with the schema of the kind.
 * @throws CodedError `message-not-signed`, `message-kind-unknown`, `message-not-addressed`, `message-expired`
 */
export async function verifyMessage(compact: string, ring: KeyRing, expected: Expectation): Promise<Claims> {
  if (compact.length > SIGNED_BYTES_MAX) throw new CodedError('message-not-signed');
  const message = await verifiedPayload(compact, ring, expected.kind);
  if (message.aud !== expected.deviceId) throw new CodedError('message-not-addressed');
  if (expected.nowMs !== undefined && message.exp * 1000 <= expected.nowMs) throw new CodedError('message-expired');
  return message;
}

async function verifiedPayload(compact: string, ring: KeyRing, kind: SignedKind): Promise<Claims> {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(compact);
  } catch (cause) {
    throw new CodedError('message-not-signed', { cause });
  }
  const key = typeof header.kid === 'string' ? ring.get(header.kid) : undefined;
  if (!key) throw new CodedError('message-not-signed');
  if (header.typ !== typeOf(kind)) throw new CodedError('message-kind-unknown');
  try {
    const { payload } = await compactVerify(compact, key, { algorithms: ['EdDSA'] });
    return claims.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (cause) {
    throw new CodedError('message-not-signed', { cause });
  }
}
