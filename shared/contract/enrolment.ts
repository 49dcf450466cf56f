import * as z from 'zod';
import { clusterCode, deviceId, speakerCode, stationCode } from './basics.ts';

/**
 * What a technician types or scans: seven groups of four, the first three a secret used once, the last four the
 * beginning (80 bits) of the SHA-256 of the CA's certificate, so that the agent knows the right server before it says
 * the secret. Base 32 of Crockford, without letters that look like digits.
 */
export const enrolmentCode = z
  .string()
  .max(60)
  .transform((typed) => typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1'))
  .pipe(z.string().regex(/^[0-9A-HJKMNP-TV-Z]{28}$/));

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Base 32 of Crockford, most significant bits first; the length in bits must be a multiple of 5. */
export function crockford(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** The last sixteen letters of a code: the first 80 bits of the SHA-256 of the CA's certificate (DER). */
export function pinOfAuthority(sha256OfDer: Uint8Array): string {
  return crockford(sha256OfDer.subarray(0, 10));
}

/** `GET /authority` of the device port, for anybody: the CA's certificate, to be held against the code. */
export const authorityAnswer = z.object({ certificate: z.string().max(10_000) });

/** `POST /enrol` of the device port. `request` is a PKCS #10 signing request in PEM; its subject is ignored. */
export const enrolRequest = z.object({ code: enrolmentCode, request: z.string().min(100).max(10_000) });

export const signingKey = z.object({ kid: z.string().max(64), kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string().max(64) });
export type SigningKey = z.infer<typeof signingKey>;

/** What the device is from now on; it keeps this beside its own key. */
export const enrolAnswer = z.object({
  deviceId,
  station: stationCode,
  cluster: clusterCode,
  speakers: z.array(speakerCode).max(16),
  certificate: z.string().max(10_000),
  authority: z.string().max(10_000),
  /** The signing keys to trust, the current and the next (so that a rotation needs no visit). */
  signingKeys: z.array(signingKey).min(1).max(4),
  /** `mqtts://host:port` */
  brokerUrl: z.string().max(300),
});
export type EnrolAnswer = z.infer<typeof enrolAnswer>;
