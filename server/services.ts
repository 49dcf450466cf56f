/**
 * The few services by which features meet; `main.ts` makes them and hands them out. Types only.
 */

import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import type { BulletinState } from '@tieng-lang/shared/contract/http/content';
import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import type { Answer } from '@tieng-lang/shared/contract/order';
import type { PlanItem, PlanMedia, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import type { OnlineState } from '@tieng-lang/shared/contract/state';
import type { AgentPublishes, AgentSubscribes, ClusterAddress } from '@tieng-lang/shared/contract/topics';
import type { SignedKind } from '@tieng-lang/shared/signing/jws';

/** A sound that can be put into a plan: an Ogg Opus file named by its hash. */
export interface Sound {
  title: string;
  sha256: string;
  bytes: number;
  durationMs: number;
}

export interface BulletinOnFile {
  id: string;
  title: string;
  level: Level;
  state: BulletinState;
  /** Null until its media is ready. */
  sound: Sound | null;
}

/** Content, as schedule, dispatch and the device port see it. */
export interface ContentService {
  bulletin(id: string): Promise<BulletinOnFile | undefined>;
  bulletins(ids: readonly string[]): Promise<Map<string, BulletinOnFile>>;
  tune(id: string): Promise<Sound | undefined>;
  tunes(): Promise<(Sound & { id: string })[]>;
  /** The file that devices fetch. */
  soundFile(sha256: string): Promise<{ path: string; bytes: number } | undefined>;
}

export interface ClusterOnFile {
  code: string;
  place: string;
  villageId: string | null;
  volume: number;
  delayMs: number;
  /** Null while no device is enrolled: nothing can be signed for it. */
  deviceId: string | null;
}

export interface FleetService {
  readonly station: string;
  clusters(): Promise<ClusterOnFile[]>;
  /**
   * The codes that targets name, sorted, each once.
   * @throws CodedError `unknown-target`, `no-targets`
   */
  resolve(targets: Targets): Promise<string[]>;
  /** The last "online" state of a cluster that is connected now; undefined when it is not. */
  online(cluster: string): OnlineState | undefined;
}

/** What may be played, laid out on a time line from 0. */
export interface Composition {
  title: string;
  level: Level;
  durationMs: number;
  items: PlanItem[];
  media: PlanMedia[];
  /** Items that cannot sound now, and why: not approved, media not ready, relay (played by a later version). */
  leftOut: { title: string; reason: string }[];
}

/** One occurrence of a schedule, after precedence, for all the clusters that it goes to. */
export interface ResolvedOccurrence extends Composition {
  broadcastId: string;
  scheduleId: string;
  startAtMs: number;
  endAtMs: number;
  volume: number | null;
  clusters: string[];
  /** Clusters where something of a higher level plays instead. */
  displacedOn: { cluster: string; byBroadcastId: string }[];
}

export interface ScheduleService {
  /** Every occurrence that starts before `untilMs` and ends after `fromMs`, by start. */
  occurrences(fromMs: number, untilMs: number): Promise<ResolvedOccurrence[]>;
  /** @throws CodedError `not-found`, `not-approved`, `media-not-ready` */
  compose(what: { bulletinId: string } | { programmeId: string }): Promise<Composition>;
}

/** The server's own connection to the broker. */
export interface BrokerLink {
  readonly connected: boolean;
  /** Rejects when the broker has not taken it within 5 s, or while there is no connection: nothing is queued. */
  publish(
    address: ClusterAddress,
    leaf: AgentSubscribes,
    payload: string | Uint8Array,
    options: { qos: 0 | 1; retain?: boolean },
  ): Promise<void>;
  /** One handler a leaf. Payloads are raw; the handler parses them with the leaf's schema. */
  handle(leaf: AgentPublishes, handler: (from: ClusterAddress, payload: Buffer, receivedAtMs: number) => void | Promise<void>): void;
}

/** What one end of TLS needs, in PEM; `serial` in lower-case hexadecimal. */
export interface Credentials {
  key: string;
  certificate: string;
  authority: string;
  serial: string;
}

/** The server's own certificate authority, as the ports and the fleet see it. */
export interface AuthorityService {
  /** The CA's certificate, PEM. */
  readonly certificate: string;
  /** The part of an enrolment code by which a device knows this CA. */
  readonly pin: string;
  /** For listeners: the broker and the device port. */
  serverCredentials(): Credentials;
  /** For the server's own connection to the broker. */
  clientCredentials(): Credentials;
  /** Called when the listeners' certificate was made anew while running. */
  onRenewed(listener: () => void): void;
  /**
   * A certificate for a device, from its PKCS #10 request (RFC 2986): the key is the request's, the name is ours.
   * @throws CodedError `signing-request-invalid`
   */
  issue(deviceId: string, request: string): Promise<{ certificate: string; serial: string }>;
  /**
   * SHA-256 (hexadecimal) of the public key of a request, whose holder has proven to own it.
   * @throws CodedError `signing-request-invalid`
   */
  keyOf(request: string): Promise<string>;
}

/** A device that may connect, with the serial number (lower-case hexadecimal) of the one certificate that it may use. */
export interface AdmittedDevice {
  deviceId: string;
  serial: string;
}

/** Whoever lets devices in: the broker. */
export interface DeviceAdmission {
  /** From when it resolves on, exactly these may connect; others that are connected are cut off. */
  updateDevices(devices: readonly AdmittedDevice[]): Promise<void>;
}

export interface SigningService {
  /** A compact JWS for one device. `expAtMs` is rounded up to the second. */
  sign(kind: SignedKind, message: { deviceId: string; expAtMs: number; ver: number; jti: string; body: unknown }): Promise<string>;
}

/** What clusters are due to sound; the play log holds it against the receipts. */
export interface RecordsService {
  /** Replaces what this cluster is expected to sound from `fromMs` on; what is earlier stays. */
  expectPlan(cluster: string, fromMs: number, occurrences: readonly PlanOccurrence[]): Promise<void>;
  /** Adds a broadcast that is not of the plan. */
  expectBroadcast(clusters: readonly string[], occurrence: PlanOccurrence): Promise<void>;
}

export interface DispatchService {
  /** Compiles, signs and publishes anew what changed, for these clusters (all: undefined). */
  refresh(clusters?: readonly string[]): Promise<void>;
  /** Sends an order to clusters now, and again when they connect, until it is answered or ends. Returns the order's id per cluster. */
  order(
    order: { kind: 'play'; occurrence: PlanOccurrence; media: PlanMedia[] } | { kind: 'monitor'; untilMs: number } | { kind: 'restart' },
    clusters: readonly string[],
    endAtMs: number,
  ): Promise<Map<string, string>>;
  /** Silences on these clusters one broadcast, or (null) all that has started and all that was just put on air by hand. */
  silence(clusters: readonly string[], broadcastId: string | null): Promise<void>;
  /** The newest answer of each cluster to its newest play order that has not ended. */
  newestAnswer(
    cluster: string,
  ): { broadcastId: string; title: string; level: Level; startAtMs: number; endAtMs: number; answer: Answer | undefined } | undefined;
  /** The clusters that are still to sound a broadcast, or do so now, by their plans and their orders. */
  clustersOf(broadcastId: string): string[];
  /** Ids of the cluster's orders that have not ended, oldest first. */
  ordersOf(cluster: string): string[];
  /** The newest answer to one order that is live; undefined when there is none (yet). */
  orderAnswer(cluster: string, orderId: string): Answer | undefined;
  /** Version of the plan that this cluster should hold; 0 while there is none (no device). */
  desiredPlanVersion(cluster: string): number;
  /** Whoever changed something and looks at the plans then sees what the change led to. */
  settled(): Promise<void>;
}

/** What each cluster sounds now, put together from states and orders. */
export interface OnairService {
  cluster(code: string): OnairCluster;
}

/** The record of who did what, which only grows. */
export interface AuditService {
  /**
   * `action` is a past participle with its noun ("bulletin-approved"), `subject` the id of what it was done to. No secrets in `detail`.
   * An actor of null is the server itself.
   */
  audit(
    actor: { id: string; name: string } | null,
    action: string,
    subject: string,
    detail?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}
