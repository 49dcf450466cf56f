import { createHash, X509Certificate } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { enrolAnswer } from '@tieng-lang/shared/contract/enrolment';
import { CodedError } from '@tieng-lang/shared/errors';
import * as z from 'zod';

/** What the device is: made once, at enrolment. `privateKey` never leaves the device. */
const identity = enrolAnswer.extend({
  /** PKCS #8, PEM. */
  privateKey: z.string().max(10_000),
  /** The device port: media and updates. */
  serverUrl: z.string().max(300),
  /** SHA-256 of the code that it was enrolled with: the same code again changes nothing, another one enrols anew. */
  codeHash: z.string().max(100),
});
export type Identity = z.infer<typeof identity>;

const fileOf = (dataDir: string): string => join(dataDir, 'identity.json');

/**
 * The identity that was stored by an enrolment; undefined when there was none.
 * @throws CodedError `identity-damaged`
 */
export async function loadIdentity(dataDir: string): Promise<Identity | undefined> {
  const file = fileOf(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CodedError('identity-damaged', { params: { file }, cause: error });
  }
  try {
    return identity.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodedError('identity-damaged', { params: { file }, cause });
  }
}

/** Written as new, synced, renamed, and the folder synced: a power cut leaves the old identity or the new one, whole. */
export async function storeIdentity(dataDir: string, stored: Identity): Promise<void> {
  const file = fileOf(dataDir);
  const part = await open(`${file}.new`, 'w', 0o600);
  try {
    await part.writeFile(JSON.stringify(stored, undefined, 2));
    await part.sync();
  } finally {
    await part.close();
  }
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function hashOfCode(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

/** SHA-256 of a certificate's DER. */
export function fingerprintOf(pem: string): Buffer {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest();
}
