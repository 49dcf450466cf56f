import { randomUUID } from 'node:crypto';
import type { SigningService } from '../services.ts';
import type { Desired, DesiredKind, DesiredStore } from './desired-store.ts';

/** What is to become a new version for a cluster's device. */
export interface Renewal<Body> {
  cluster: string;
  deviceId: string;
  body: Body;
  expiresAtMs: number;
  /** The new version is above this, whatever was counted here. */
  floor: number;
}

/**
 * Numbers, signs and stores new versions. Two transactions for all clusters together: each is a wait for the disk, and a
 * stop must not wait fifteen times.
 */
export async function renew<Body>(
  kind: DesiredKind,
  renewals: readonly Renewal<Body>[],
  options: { store: DesiredStore; signing: SigningService; nowMs: number },
): Promise<Desired<Body>[]> {
  if (renewals.length === 0) return [];
  const versions = await options.store.nextVersions(kind, renewals);
  const fresh: Desired<Body>[] = [];
  for (const { cluster, deviceId, body, expiresAtMs } of renewals) {
    const version = versions.get(cluster);
    if (version === undefined) continue;
    const message = { deviceId, expAtMs: expiresAtMs, ver: version, jti: randomUUID(), body };
    const signed = await options.signing.sign(kind, message);
    fresh.push({ cluster, deviceId, version, body, signed, expiresAtMs, signedAtMs: options.nowMs });
  }
  await options.store.put(kind, fresh);
  return fresh;
}
