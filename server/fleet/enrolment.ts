import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { crockford, type EnrolAnswer, enrolmentCode, type SigningKey } from '@tieng-lang/shared/contract/enrolment';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { AuthorityService } from '../services.ts';
import type { ClusterDetail } from './cluster-store.ts';
import type { DeviceStore } from './device-store.ts';

/** From the office to the pole and back, with a night between. */
const CODE_LIFE_MS = 24 * 3_600_000;
const SECRET_LENGTH = 12;

export interface EnrolmentOptions {
  devices: DeviceStore;
  authority: Pick<AuthorityService, 'certificate' | 'pin' | 'issue' | 'keyOf'>;
  signingKeys: () => SigningKey[];
  brokerUrl: () => string;
  station: () => string;
  cluster: (code: string) => Promise<ClusterDetail | undefined>;
  /** A device took the place of another: the doors have to know before it is told. */
  onEnrolled: (cluster: string) => Promise<void>;
  clock: Clock;
  log: Logger;
}

/** One-time codes for devices, and what a device gets for one. */
export class Enrolment {
  readonly #options: EnrolmentOptions;

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /**
   * A code for the next device of a cluster, in groups of four. It is shown once: only its hash is kept.
   * @throws CodedError `not-found`
   */
  async issueCode(cluster: string, by: string): Promise<{ code: string; expiresAtMs: number }> {
    const { devices, authority, clock, log } = this.#options;
    if (!(await this.#options.cluster(cluster))) throw new CodedError('not-found');
    const secret = crockford(randomBytes(15)).slice(0, SECRET_LENGTH);
    const createdAtMs = clock.nowMs();
    const expiresAtMs = createdAtMs + CODE_LIFE_MS;
    await devices.addEnrolment({ id: randomUUID(), cluster, secretHash: hashOf(secret), createdBy: by, createdAtMs, expiresAtMs });
    log.info({ event: 'enrolment-code-issued', cluster, by });
    return { code: (secret + authority.pin).replace(/(.{4})(?=.)/g, '$1-'), expiresAtMs };
  }

  /**
   * Makes whoever holds the code and the key of the request the device of the code's cluster.
   * @throws CodedError `enrolment-code-invalid`, `signing-request-invalid`
   */
  async redeem(typed: string, request: string): Promise<EnrolAnswer> {
    const { devices, authority, clock, log } = this.#options;
    const parsed = enrolmentCode.safeParse(typed);
    if (!parsed.success || parsed.data.slice(SECRET_LENGTH) !== authority.pin) throw new CodedError('enrolment-code-invalid');
    const found = await devices.enrolment(hashOf(parsed.data.slice(0, SECRET_LENGTH)));
    if (!found || found.expiresAtMs <= clock.nowMs()) throw new CodedError('enrolment-code-invalid');
    const keyHash = await authority.keyOf(request);
    if (found.usedAtMs !== null) {
      // An answer lost on the way back: the same key asks again and hears the same. A second device has another key.
      if (found.device?.keyHash !== keyHash) throw new CodedError('enrolment-code-invalid');
      return this.#answer(found.cluster, found.device);
    }
    const device = { id: `${this.#options.station()}.${found.cluster}.${freshSuffix()}`, cluster: found.cluster, keyHash };
    const { certificate, serial } = await authority.issue(device.id, request);
    if (!(await devices.enrol(found.id, { ...device, certificate, serial }, clock.nowMs()))) throw new CodedError('enrolment-code-invalid');
    log.info({ event: 'device-enrolled', cluster: found.cluster, deviceId: device.id });
    await this.#options.onEnrolled(found.cluster);
    return this.#answer(found.cluster, { id: device.id, certificate });
  }

  async #answer(code: string, device: { id: string; certificate: string }): Promise<EnrolAnswer> {
    const { authority, signingKeys, brokerUrl, station } = this.#options;
    const cluster = await this.#options.cluster(code);
    return {
      deviceId: device.id,
      station: station(),
      cluster: code,
      speakers: (cluster?.speakers ?? []).map((speaker) => speaker.code),
      certificate: device.certificate,
      authority: authority.certificate,
      signingKeys: signingKeys(),
      brokerUrl: brokerUrl(),
    };
  }
}

/** The secret has 60 bits of chance and lives a day: a plain hash cannot be searched. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function freshSuffix(): string {
  return crockford(randomBytes(5)).toLowerCase();
}
