import type { MonitorFrame } from '@tieng-lang/shared/contract/monitor';

/** 20 ms of silence, mono, 48 kHz: an Opus frame whose first symbol says so (RFC 6716 §4.3: `silence`). */
export const SILENT_PACKET: Uint8Array = Uint8Array.of(0xf8, 0xff, 0xfe);

/** Sound begins when so much is there (200 ms), so that the network's jitter does not chop it. */
const PREBUFFER = 10;
/** More than this (1 s) has piled up behind a stall: the oldest go, for a monitor is about now. */
const QUEUED_MAX = 50;
/** A gap of up to half a second is kept as silence; a longer one is the end of that sound. */
const GAP_MAX = 25;

/** Frames of one cluster in the order of their numbers, handed out one every 20 ms; silence where there is none. */
export class PacketQueue {
  readonly #queue: Uint8Array[] = [];
  #expected: number | undefined;
  #sounding = false;

  put({ number, packet }: MonitorFrame): void {
    const ahead = this.#expected === undefined ? 0 : number - this.#expected;
    // Late or twice: its place has passed. Far back: the agent counts anew.
    if (ahead < 0 && ahead > -GAP_MAX) return;
    if (ahead > 0 && ahead <= GAP_MAX) for (let missing = 0; missing < ahead; missing++) this.#queue.push(SILENT_PACKET);
    this.#queue.push(packet);
    this.#expected = number + 1;
    while (this.#queue.length > QUEUED_MAX) this.#queue.shift();
  }

  next(): Uint8Array {
    if (!this.#sounding) this.#sounding = this.#queue.length >= PREBUFFER;
    const packet = this.#sounding ? this.#queue.shift() : undefined;
    if (!packet) this.#sounding = false;
    return packet ?? SILENT_PACKET;
  }

  /** Nothing came for a while: what is left is the tail of a sound that is over. */
  clear(): void {
    this.#queue.length = 0;
    this.#expected = undefined;
    this.#sounding = false;
  }
}
