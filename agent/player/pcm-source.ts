import { OpusDecoder } from 'opus-decoder';
import { type MediaFile, openMediaFile } from './media-file.ts';
import { indexOpus, type OpusIndex, PacketReader } from './ogg-opus.ts';
import { DamagedMedia } from './ogg-page.ts';

/** A recording as samples: mono, 48 kHz. Decoded a little ahead of where it is read, never as a whole. */
export interface PcmSource {
  readonly frames: number;
  /**
   * Copies `count` frames from `from` into `into`; outside the recording they are zero. False when they are not decoded
   * (yet): then `into` is left as it was.
   */
  read(from: number, count: number, into: Float32Array): boolean;
  /**
   * Decodes some of what follows `frame`, at most a few ms of work; true when there is more to do. To be called about
   * every 20 ms while the source sounds. One call at a time.
   * @throws DamagedMedia, or the file system's error, as a rejection.
   */
  prefetch(frame: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Two seconds ahead: a slow SD card may take one for a read. */
const AHEAD = 96_000;

/** Power of two, so that a ring position is a mask; holds what is ahead and half a second behind, 512 KB. */
const RING = 131_072;

/**
 * A decoder that starts in the middle needs at least 80 ms to become exact (RFC 7845 §4.6). In noise its predictions take
 * longer to forget: after 200 ms what is left is 40 dB down.
 */
const PRE_ROLL = 9600;

/** Packets decoded in one call: 200 ms of audio, some 2 ms of work, so that fifteen clusters in a process stay even. */
const PACKETS_A_CALL = 10;

export async function openOpusSource(path: string): Promise<PcmSource> {
  return await opusSource(await openMediaFile(path));
}

/** Takes the file over: it is closed with the source, and when this fails. */
export async function opusSource(file: MediaFile): Promise<PcmSource> {
  try {
    const index = await indexOpus(file);
    return new OpusSource(file, index);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class OpusSource implements PcmSource {
  readonly #file: MediaFile;
  readonly #index: OpusIndex;
  readonly #ring = new Float32Array(RING);
  #decoder: OpusDecoder | undefined;
  #packets: PacketReader | undefined;
  /** Decoded and kept: frames of the recording from `#start` until before `#end`. */
  #start = 0;
  #end = 0;
  /** Frame of the recording that the decoder gives next; negative inside the pre-skip. */
  #position = 0;
  /** Frames before this one only warm the decoder up. */
  #exactFrom = 0;
  #exhausted = false;
  #closed = false;

  constructor(file: MediaFile, index: OpusIndex) {
    this.#file = file;
    this.#index = index;
  }

  get frames(): number {
    return this.#index.frames;
  }

  read(from: number, count: number, into: Float32Array): boolean {
    const first = Math.max(0, from);
    const last = Math.min(this.frames, from + count);
    if (first >= last) {
      into.fill(0, 0, count);
      return true;
    }
    if (first < this.#start || last > this.#end) return false;
    into.fill(0, 0, first - from);
    for (let frame = first; frame < last; frame++) into[frame - from] = this.#ring[frame & (RING - 1)] as number;
    into.fill(0, last - from, count);
    return true;
  }

  async prefetch(frame: number): Promise<boolean> {
    if (this.#closed) return false;
    const wanted = Math.max(0, Math.floor(frame) - 64);
    if (wanted >= this.frames) return false;
    // A little beyond what is decoded is reached sooner by decoding on than by a new start with its pre-roll.
    if (!this.#packets || wanted < this.#start || wanted > this.#end + AHEAD / 2) await this.#seek(wanted);
    const until = Math.min(this.frames, wanted + AHEAD);
    for (let decoded = 0; this.#end < until; decoded++) {
      if (decoded === PACKETS_A_CALL) return true;
      const packet = await this.#nextPacket();
      if (this.#closed) return false;
      if (packet) this.#decode(packet);
      else if (this.#exhausted) throw new DamagedMedia('the file ends before its time');
    }
    return false;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder?.free();
    await this.#file.close();
  }

  async #seek(frame: number): Promise<void> {
    const decoder = this.#decoder ?? new OpusDecoder({ channels: this.#index.channels, preSkip: 0 });
    if (this.#decoder) await decoder.reset();
    else await decoder.ready;
    if (this.#closed) {
      if (!this.#decoder) decoder.free();
      return;
    }
    this.#decoder = decoder;
    const sample = frame + this.#index.preSkip;
    const packets = new PacketReader(this.#file, this.#index, Math.max(0, sample - PRE_ROLL));
    this.#packets = packets;
    this.#position = packets.sample - this.#index.preSkip;
    this.#exactFrom = frame;
    this.#start = frame;
    this.#end = frame;
    this.#exhausted = false;
  }

  async #nextPacket(): Promise<Uint8Array | undefined> {
    const packets = this.#packets;
    if (!packets || this.#closed) return undefined;
    for (;;) {
      const packet = packets.take();
      if (packet) return packet;
      if (await packets.more()) continue;
      this.#exhausted = true;
      return undefined;
    }
  }

  #decode(packet: Uint8Array): void {
    const decoded = this.#decoder?.decodeFrame(packet);
    if (!decoded || decoded.errors.length > 0) throw new DamagedMedia(decoded?.errors[0]?.message ?? 'no decoder');
    const left = decoded.channelData[0] ?? new Float32Array(0);
    const right = decoded.channelData[1];
    const gain = right ? this.#index.gain / 2 : this.#index.gain;
    const from = this.#position;
    const until = Math.min(this.frames, from + decoded.samplesDecoded);
    for (let frame = Math.max(from, this.#exactFrom); frame < until; frame++) {
      const sample = (left[frame - from] as number) + (right ? (right[frame - from] as number) : 0);
      this.#ring[frame & (RING - 1)] = sample * gain;
    }
    this.#position = from + decoded.samplesDecoded;
    this.#end = Math.max(this.#end, until);
    this.#start = Math.max(this.#start, this.#end - RING);
  }
}
