/** A page's header without its lacing values (RFC 3533 §6). */
const HEADER_BYTES = 27;
const CAPTURE = [0x4f, 0x67, 0x67, 0x53]; // OggS

/**
 * Takes an Ogg stream as it comes in and gives its packets as soon as each is whole. One logical stream; it holds back less than one page (65,307 bytes).
 */
export class OggPackets {
  #held = new Uint8Array(0);
  #begun: Uint8Array[] = [];

  /** @throws RangeError when what came in is no Ogg stream */
  push(bytes: Uint8Array): Uint8Array[] {
    this.#held = joined([this.#held, bytes]);
    const packets: Uint8Array[] = [];
    for (;;) {
      const page = this.#page();
      if (page === undefined) return packets;
      for (const { bytes: segment, ends } of page) {
        this.#begun.push(segment);
        if (ends) packets.push(joined(this.#begun.splice(0)));
      }
    }
  }

  #page(): { bytes: Uint8Array; ends: boolean }[] | undefined {
    const held = this.#held;
    if (CAPTURE.some((byte, index) => index < held.length && held[index] !== byte)) throw new RangeError('not an Ogg page');
    const count = held[HEADER_BYTES - 1];
    if (count === undefined || held.length < HEADER_BYTES + count) return undefined;
    const lacing = held.subarray(HEADER_BYTES, HEADER_BYTES + count);
    let at = HEADER_BYTES + count;
    const end = lacing.reduce((sum, length) => sum + length, at);
    if (held.length < end) return undefined;
    const segments = Array.from(lacing, (length) => {
      const bytes = held.slice(at, at + length);
      at += length;
      return { bytes, ends: length < 255 };
    });
    this.#held = held.slice(end);
    return segments;
  }
}

/** The two header packets of a stream say nothing that sounds (RFC 7845 §5). */
export function isOpusHeader(packet: Uint8Array): boolean {
  const name = String.fromCharCode(...packet.subarray(0, 8));
  return name === 'OpusHead' || name === 'OpusTags';
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
