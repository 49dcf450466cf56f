import type { MediaFile } from './media-file.ts';
import { DamagedMedia, LARGEST_PAGE, type OggPage, readPage } from './ogg-page.ts';

/** One read of the file while it is indexed: some ten seconds of speech. */
const CHUNK_BYTES = 128 * 1024;

/** RFC 6716 §3.2.5: a packet holds at most 120 ms. */
const LONGEST_PACKET = 5760;

/** 255 lacing values of 255 on several pages would be legal Ogg; no Opus packet of up to two channels is longer. */
const LARGEST_PACKET_BYTES = 2 * 48 * 1275;

/** Where decoding can begin: the first packet that starts on the page at `offset` starts at decoded sample `sample`. */
interface Entry {
  offset: number;
  sample: number;
}

export interface OpusIndex {
  channels: number;
  /** Samples to throw away at the beginning of the decoded stream (RFC 7845 §4.2). */
  preSkip: number;
  /** Factor on the decoded samples (RFC 7845 §5.1, output gain). */
  gain: number;
  /** Length of the recording: decoded samples less pre-skip and end trimming. */
  frames: number;
  entries: readonly Entry[];
}

/**
 * Reads through an Ogg Opus file once, with every checksum, and notes where its pages begin.
 * @throws DamagedMedia when the file is no whole Ogg Opus stream of one or two channels.
 */
export async function indexOpus(file: MediaFile): Promise<OpusIndex> {
  const indexer = new Indexer();
  let buffer = new Uint8Array(0);
  let bufferAt = 0;
  for (;;) {
    const more = await file.read(bufferAt + buffer.length, CHUNK_BYTES);
    const joined = new Uint8Array(buffer.length + more.length);
    joined.set(buffer);
    joined.set(more, buffer.length);
    let used = 0;
    for (let page = readPage(joined, used); page; page = readPage(joined, used)) {
      indexer.add(page, bufferAt + used);
      used += page.bytes;
    }
    buffer = joined.subarray(used);
    bufferAt += used;
    if (more.length === 0) break;
  }
  if (buffer.length > 0) throw new DamagedMedia('the file ends inside an Ogg page');
  return indexer.finish();
}

class Indexer {
  #serial: number | undefined;
  #nextSequence = 0;
  #packets = 0;
  #head: { channels: number; preSkip: number; gain: number } | undefined;
  #partial: Uint8Array | undefined;
  #samples = 0;
  #granuleOffset: number | undefined;
  #lastGranule = 0;
  #ended = false;
  readonly #entries: Entry[] = [];

  add(page: OggPage, offset: number): void {
    this.#serial ??= page.serial;
    // Chained or multiplexed streams are legal Ogg, but the commune's server makes none: here they are damage.
    if (page.serial !== this.#serial || this.#ended) throw new DamagedMedia('more than one stream in the file');
    if (page.sequence !== this.#nextSequence) throw new DamagedMedia('an Ogg page is missing');
    this.#nextSequence++;
    if (page.continued !== (this.#partial !== undefined)) throw new DamagedMedia('a packet lost its continuation');

    let freshSample: number | undefined;
    for (const { bytes, complete, fresh } of pieces(page)) {
      if (fresh && this.#packets >= 2) freshSample ??= this.#samples;
      const packet = this.#partial ? join(this.#partial, bytes) : bytes;
      if (packet.length > LARGEST_PACKET_BYTES) throw new DamagedMedia('a packet is too large');
      this.#partial = complete ? undefined : packet.slice();
      if (complete) this.#packet(packet);
    }
    if (freshSample !== undefined) this.#entries.push({ offset, sample: freshSample });
    if (page.granule !== undefined && this.#packets > 2) {
      // RFC 7845 §4.3: the first audio page says where the stream begins, unless it is also the last and so may be trimmed.
      this.#granuleOffset ??= page.last ? 0 : Math.max(0, page.granule - this.#samples);
      this.#lastGranule = page.granule;
    }
    this.#ended = page.last;
  }

  finish(): OpusIndex {
    const head = this.#head;
    if (!head || this.#packets < 3) throw new DamagedMedia('the file holds no audio');
    if (this.#partial) throw new DamagedMedia('the file ends inside a packet');
    const trimmed = Math.min(this.#samples, this.#lastGranule - (this.#granuleOffset ?? 0));
    const frames = trimmed - head.preSkip;
    if (frames <= 0) throw new DamagedMedia('the file holds no audio');
    return { ...head, frames, entries: this.#entries };
  }

  #packet(packet: Uint8Array): void {
    if (this.#packets === 0) this.#head = readHead(packet);
    else if (this.#packets === 1) {
      if (text(packet, 8) !== 'OpusTags') throw new DamagedMedia('no OpusTags packet');
    } else this.#samples += packetSamples(packet);
    this.#packets++;
  }
}

interface Piece {
  bytes: Uint8Array;
  complete: boolean;
  /** It is the beginning of a packet, not what is left of one from the page before. */
  fresh: boolean;
}

function* pieces(page: OggPage): Generator<Piece> {
  let start = 0;
  let length = 0;
  let fresh = !page.continued;
  for (const value of page.lacing) {
    length += value;
    if (value === 255) continue;
    yield { bytes: page.body.subarray(start, start + length), complete: true, fresh };
    start += length;
    length = 0;
    fresh = true;
  }
  if (page.lacing.at(-1) === 255) yield { bytes: page.body.subarray(start, start + length), complete: false, fresh };
}

/** RFC 7845 §5.1. */
function readHead(packet: Uint8Array): { channels: number; preSkip: number; gain: number } {
  if (packet.length < 19 || text(packet, 8) !== 'OpusHead') throw new DamagedMedia('not an Opus stream');
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  if (view.getUint8(8) >> 4 !== 0) throw new DamagedMedia('unknown version of the Opus header');
  const channels = view.getUint8(9);
  if (channels < 1 || channels > 2 || view.getUint8(18) !== 0) throw new DamagedMedia('more than two channels');
  return { channels, preSkip: view.getUint16(10, true), gain: 10 ** (view.getInt16(16, true) / 256 / 20) };
}

/** Length of a packet in samples at 48 kHz, from its first bytes (RFC 6716 §3.1, §3.2). */
function packetSamples(packet: Uint8Array): number {
  const toc = packet[0];
  if (toc === undefined) throw new DamagedMedia('an empty Opus packet');
  const config = toc >> 3;
  const frame = config < 12 ? ([480, 960, 1920, 2880][config & 3] ?? 0) : config < 16 ? ([480, 960][config & 1] ?? 0) : 120 << (config & 3);
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63;
  const samples = frame * count;
  if (samples === 0 || samples > LONGEST_PACKET) throw new DamagedMedia('an Opus packet of impossible length');
  return samples;
}

/**
 * The packets of a file in order, from the last entry at or before a decoded sample. Reads a page at a time.
 */
export class PacketReader {
  readonly #file: MediaFile;
  #offset: number;
  /** Packets that began before the entry cannot be decoded: what is left of one is passed over. */
  #partial: Uint8Array | undefined;
  #queue: Uint8Array[] = [];
  #next = 0;
  /** Number of the decoded sample that the first packet begins with. */
  readonly sample: number;

  constructor(file: MediaFile, index: OpusIndex, fromSample: number) {
    this.#file = file;
    const entry = entryBefore(index.entries, fromSample);
    this.#offset = entry.offset;
    this.sample = entry.sample;
  }

  /** The next packet, if it has been read already. */
  take(): Uint8Array | undefined {
    const packet = this.#queue[this.#next];
    if (packet) this.#next++;
    return packet;
  }

  /**
   * Reads the next page; false at the end of the file.
   * @throws DamagedMedia when the file is not any more what was indexed.
   */
  async more(): Promise<boolean> {
    const bytes = await this.#file.read(this.#offset, LARGEST_PAGE);
    if (bytes.length === 0) return false;
    const page = readPage(bytes, 0);
    if (!page) throw new DamagedMedia('the file ends inside an Ogg page');
    this.#offset += page.bytes;
    this.#queue = [];
    this.#next = 0;
    for (const piece of pieces(page)) {
      const packet = piece.fresh ? piece.bytes : this.#partial && join(this.#partial, piece.bytes);
      this.#partial = piece.complete ? undefined : packet?.slice();
      if (piece.complete && packet) this.#queue.push(packet);
    }
    return true;
  }
}

function entryBefore(entries: readonly Entry[], sample: number): Entry {
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((entries[middle]?.sample ?? 0) <= sample) low = middle;
    else high = middle - 1;
  }
  const entry = entries[low];
  if (!entry) throw new DamagedMedia('the file holds no audio');
  return entry;
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function text(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}
