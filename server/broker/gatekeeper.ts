import type { TLSSocket } from 'node:tls';
import { type ClusterAddress, topicOf } from '@tieng-lang/shared/contract/topics';
import type { AedesOptions, Client } from 'aedes';
import type { AdmittedDevice } from '../services.ts';
import { DeadLetters } from './dead-letters.ts';
import {
  DEVICE_PACKET_BYTES_MAX,
  introduce,
  type Message,
  mayReceive,
  maySubscribe,
  type Peer,
  type Refusal,
  refusalOfPublish,
  SERVER_PACKET_BYTES_MAX,
} from './topic-rules.ts';

/** CONNACK return codes (MQTT 3.1.1 §3.2.2.3). */
const IDENTIFIER_REJECTED = 2;
const NOT_AUTHORIZED = 5;

/** Where a refused publish goes: nobody may subscribe to it, and the sender gets its acknowledgement. */
const DEAD_LETTER_TOPIC = '$dead/letter';

interface Packet {
  topic: string;
  payload: string | Buffer;
  qos?: number;
  retain?: boolean;
}

interface Seat {
  peer: Peer;
  serial: string;
}

/**
 * The rules at every door of the broker. All of it is synchronous: with an asynchronous answer Aedes publishes the will
 * of a connection that was taken over after the birth of its successor, and a cluster that is there looks gone.
 */
export class Gatekeeper {
  readonly deadLetters = new DeadLetters();
  readonly #onClockAsk: ((from: ClusterAddress, payload: string | Buffer) => void) | undefined;
  readonly #verdicts = new WeakMap<Client, Seat | Refusal>();
  readonly #connected = new Map<string, Client>();
  #admitted: ReadonlyMap<string, string> = new Map();

  /** `onClockAsk` is called the moment a device's question for the time was read. */
  constructor(options: { onClockAsk?: (from: ClusterAddress, payload: string | Buffer) => void } = {}) {
    this.#onClockAsk = options.onClockAsk;
  }

  /** The options of Aedes that hold the rules. */
  get handlers(): Required<
    Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>
  > {
    return {
      preConnect: (client, packet, callback) => {
        const verdict = this.#judge(client, packet);
        this.#verdicts.set(client, verdict);
        // Aedes gives a nameless client a name of its own before it asks again: it must not come that far.
        callback(packet.clientId ? null : new Error('empty client id'), packet.clientId !== '');
      },
      authenticate: (client, _username, _password, done) => {
        const verdict = this.#verdicts.get(client) ?? 'unknown-device';
        if (typeof verdict === 'object') return done(null, true);
        const returnCode = verdict === 'name' ? IDENTIFIER_REJECTED : NOT_AUTHORIZED;
        return done(Object.assign(new Error(`refused: ${verdict}`), { returnCode }), false);
      },
      authorizePublish: (client, packet, callback) => {
        const seat = client && this.#seat(client);
        const refusal = seat ? refusalOfPublish(seat.peer, messageOf(packet)) : 'unknown-device';
        if (refusal) {
          this.deadLetters.add(client?.id ?? '', packet.topic, refusal);
          // An error here would close the socket, and mqtt.js sends the refused message first on every new connection:
          // one poisoned message would lock a device out for good.
          packet.topic = DEAD_LETTER_TOPIC;
          packet.payload = Buffer.alloc(0);
          packet.retain = false;
        } else if (seat?.peer.kind === 'device' && packet.topic === topicOf(seat.peer.address, 'clock/ask')) {
          this.#onClockAsk?.(seat.peer.address, packet.payload);
        }
        callback(null);
      },
      authorizeSubscribe: (client, subscription, callback) => {
        const seat = this.#seat(client);
        callback(null, seat && maySubscribe(seat.peer, subscription.topic) ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const seat = this.#seat(client);
        return seat && mayReceive(seat.peer, packet.topic) ? packet : null;
      },
    };
  }

  entered(client: Client): void {
    this.#connected.set(client.id, client);
    // The list may have changed between the handshake and now.
    if (!this.#isAdmitted(client)) client.close();
  }

  left(client: Client): void {
    if (this.#connected.get(client.id) === client) this.#connected.delete(client.id);
  }

  /** Replaces the list of who may connect, and cuts off whoever is not on it any more. */
  admit(devices: readonly AdmittedDevice[]): void {
    this.#admitted = new Map(devices.map(({ deviceId, serial }) => [deviceId, serial]));
    for (const client of this.#connected.values()) if (!this.#isAdmitted(client)) client.close();
  }

  /**
   * Cuts a connection whose current packet announces more bytes than any message of the contract has. The parser would
   * otherwise collect up to 256 MB before anybody is asked.
   */
  watchSize(client: Client, socket: TLSSocket): void {
    const { _parser: parser } = client as unknown as { _parser: { packet: { length: number } } };
    socket.prependListener('readable', () => {
      const seat = this.#seat(client);
      const limit = seat?.peer.kind === 'server' ? SERVER_PACKET_BYTES_MAX : DEVICE_PACKET_BYTES_MAX;
      if (parser.packet.length <= limit) return;
      this.deadLetters.add(client.id ?? '', '', 'too-large');
      socket.destroy();
    });
  }

  #judge(client: Client, packet: { clientId: string; clean?: boolean; will?: Packet }): Seat | Refusal {
    const certificate = (client.conn as TLSSocket).getPeerCertificate();
    const name: unknown = certificate.subject?.CN;
    const serial = certificate.serialNumber?.toLowerCase();
    const answer = introduce(
      {
        commonName: typeof name === 'string' ? name : undefined,
        serial,
        clientId: packet.clientId,
        clean: packet.clean === true,
        will: packet.will && messageOf(packet.will),
      },
      this.#admitted,
    );
    return 'refusal' in answer ? answer.refusal : { peer: answer.peer, serial: serial ?? '' };
  }

  #seat(client: Client): Seat | undefined {
    const verdict = this.#verdicts.get(client);
    return typeof verdict === 'object' ? verdict : undefined;
  }

  #isAdmitted(client: Client): boolean {
    return this.#admitted.get(client.id) === this.#seat(client)?.serial;
  }
}

function messageOf({ topic, qos, retain, payload }: Packet): Message {
  return { topic, qos: qos ?? 0, retain: retain === true, bytes: Buffer.byteLength(payload ?? '') };
}
