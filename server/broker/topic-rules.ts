import { deviceId } from '@tieng-lang/shared/contract/basics';
import {
  AGENT_PUBLISHES,
  AGENT_SUBSCRIBES,
  type AgentPublishes,
  addressOfDevice,
  type ClusterAddress,
  liveFilterOf,
  SERVER_CLIENT_ID,
  topicOf,
} from '@tieng-lang/shared/contract/topics';
import { SIGNED_BYTES_MAX } from '@tieng-lang/shared/signing/jws';

/** Who speaks on a connection, after its certificate. */
export type Peer = { kind: 'server' } | { kind: 'device'; address: ClusterAddress };

/** Why something was refused: one word for the log and for the alarm. */
export type Refusal = 'name' | 'unknown-device' | 'persistent-session' | 'will' | 'topic' | 'qos' | 'retain' | 'too-large' | 'too-many';

/** What the server hears itself by; no device can name it, for theirs have five levels and more. */
export const CANARY_TOPIC = 'tl/1/canary';

/**
 * Bytes of payload by topic: several times the largest message of the contract. A larger one is a fault or an attack,
 * and would be held in memory once for every subscriber.
 */
const PAYLOAD_BYTES_MAX: Readonly<Record<AgentPublishes, number>> = {
  'clock/ask': 1024,
  answer: 4096,
  journal: 262_144,
  state: 16_384,
  health: 16_384,
  monitor: 2048,
};

/** Whole packets, header and all: what is larger is not even read to its end. */
export const DEVICE_PACKET_BYTES_MAX = 300_000;
export const SERVER_PACKET_BYTES_MAX = SIGNED_BYTES_MAX + 10_000;

export interface Introduction {
  /** The common name of the certificate that TLS verified; undefined where it has none, or several. */
  commonName: string | undefined;
  /** Lower-case hexadecimal. */
  serial: string | undefined;
  clientId: string | undefined;
  clean: boolean;
  will: Message | undefined;
}

export interface Message {
  topic: string;
  qos: number;
  retain: boolean;
  bytes: number;
}

/**
 * Who a connection is, or why it is refused. The client id must be the certificate's name: it decides about takeovers,
 * so a free one would let any device throw out any other (MQTT 3.1.1 §3.1.4-2).
 * @param admitted serial numbers by device id; nobody else gets in
 */
export function introduce(who: Introduction, admitted: ReadonlyMap<string, string>): { peer: Peer } | { refusal: Refusal } {
  const { commonName, serial, clientId, clean, will } = who;
  if (commonName === undefined || clientId !== commonName) return { refusal: 'name' };
  if (serial === undefined || admitted.get(commonName) !== serial) return { refusal: 'unknown-device' };
  const peer = peerOf(commonName);
  if (!peer) return { refusal: 'name' };
  // A session that outlives its connection queues in memory without a bound (Aedes), for what is not coming back.
  if (!clean) return { refusal: 'persistent-session' };
  if (will && !mayLeaveWill(peer, will)) return { refusal: 'will' };
  return { peer };
}

export function peerOf(name: string): Peer | undefined {
  if (name === SERVER_CLIENT_ID) return { kind: 'server' };
  const address = deviceId.safeParse(name).success ? addressOfDevice(name) : undefined;
  return address && { kind: 'device', address };
}

/** Undefined: it may. An allow-list; a topic that nobody thought of is refused. */
export function refusalOfPublish(peer: Peer, message: Message): Refusal | undefined {
  // A retained QoS 2 message throws out every persistent session that subscribes to it (an open bug of Aedes).
  if (message.qos > 1) return 'qos';
  if (peer.kind === 'server') return isOurs(message.topic) ? undefined : 'topic';
  const leaf = AGENT_PUBLISHES.find((name) => topicOf(peer.address, name) === message.topic);
  if (leaf === undefined) return 'topic';
  if (message.retain && leaf !== 'state') return 'retain';
  return message.bytes > PAYLOAD_BYTES_MAX[leaf] ? 'too-large' : undefined;
}

/** A device's will can only be its state; the server leaves none. */
function mayLeaveWill(peer: Peer, will: Message): boolean {
  return peer.kind === 'device' && will.topic === topicOf(peer.address, 'state') && refusalOfPublish(peer, will) === undefined;
}

/** Filters are compared as they are: a device has no use for a wildcard but the one of its live broadcasts. */
export function maySubscribe(peer: Peer, filter: string): boolean {
  if (peer.kind === 'server') return isOurs(filter);
  return filter === liveFilterOf(peer.address) || AGENT_SUBSCRIBES.some((leaf) => topicOf(peer.address, leaf) === filter);
}

/** The last gate before a message goes out, whatever was subscribed and however it was let through. */
export function mayReceive(peer: Peer, topic: string): boolean {
  if (peer.kind === 'server') return isOurs(topic);
  if (AGENT_SUBSCRIBES.some((leaf) => topicOf(peer.address, leaf) === topic)) return true;
  const live = liveFilterOf(peer.address).slice(0, -1);
  return topic.startsWith(live) && /^[^/+#]{1,100}$/.test(topic.slice(live.length));
}

function isOurs(topic: string): boolean {
  return topic.startsWith('tl/1/');
}
