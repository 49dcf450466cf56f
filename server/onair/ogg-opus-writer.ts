/** A page has room for 255 segments (RFC 3533 §6, field 8), and the longest Opus packet takes six (RFC 6716 §3.4). */
const PACKETS_MAX = 42;
const RATE = 48_000;

const FIRST_PAGE = 2;
const LAST_PAGE = 4;

/** The CRC of RFC 3533 §6 (field 7): polynomial 0x04c11db7, not reflected, from 0. */
const CRC_TABLE: readonly number[] = Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/**
 * Writes Opus packets as a live Ogg stream (RFC 3533, RFC 7845): mono, 48 kHz, nothing skipped at its beginning, for it
 * joins what is already sounding. One writer a listener: each stream begins with its own headers and counts its pages.
 */
export class OggOpusWriter {
  readonly #serial: number;
  readonly #packetSamples: number;
  #sequence = 0;
  #granule = 0n;

  constructor(options: { serial: number; packetMs: number }) {
    this.#serial = options.serial >>> 0;
    this.#packetSamples = (options.packetMs * RATE) / 1000;
  }

  /** The two header pages (RFC 7845 §3): identification, and comments with nothing but the vendor. */
  headers(): Buffer {
    const head = Buffer.alloc(19);
    head.write('OpusHead', 0, 'latin1');
    head.writeUInt8(1, 8);
    head.writeUInt8(1, 9);
    head.writeUInt16LE(0, 10);
    head.writeUInt32LE(RATE, 12);
    const vendor = Buffer.from('Tiếng Làng', 'utf8');
    const tags = Buffer.alloc(16 + vendor.length);
    tags.write('OpusTags', 0, 'latin1');
    tags.writeUInt32LE(vendor.length, 8);
    vendor.copy(tags, 12);
    return Buffer.concat([this.#page([head], FIRST_PAGE), this.#page([tags], 0)]);
  }

  /** As few pages as these packets fit into. The last page of a stream may be empty. */
  packets(packets: readonly Uint8Array[], options: { last?: boolean } = {}): Buffer {
    const pages: Buffer[] = [];
    for (let from = 0; from === 0 || from < packets.length; from += PACKETS_MAX) {
      const some = packets.slice(from, from + PACKETS_MAX);
      this.#granule += BigInt(some.length * this.#packetSamples);
      pages.push(this.#page(some, options.last && from + PACKETS_MAX >= packets.length ? LAST_PAGE : 0));
    }
    return Buffer.concat(pages);
  }

  #page(packets: readonly Uint8Array[], type: number): Buffer {
    // Lacing (RFC 3533 §5): a packet is so many 255s and what is left over, which may be 0.
    const segments = packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255]);
    const header = Buffer.alloc(27 + segments.length);
    header.write('OggS', 0, 'latin1');
    header.writeUInt8(type, 5);
    header.writeBigUInt64LE(this.#granule, 6);
    header.writeUInt32LE(this.#serial, 14);
    header.writeUInt32LE(this.#sequence++, 18);
    header.writeUInt8(segments.length, 26);
    header.set(segments, 27);
    const page = Buffer.concat([header, ...packets]);
    page.writeUInt32LE(crcOf(page), 22);
    return page;
  }
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}
