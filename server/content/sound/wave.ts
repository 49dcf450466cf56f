import { open } from 'node:fs/promises';

/** One channel of 16-bit samples, as they lie in a WAV: little-endian. */
export interface Wave {
  sampleRate: number;
  pcm: Buffer;
}

export const WAVE_HEADER_BYTES = 44;

/** The head of a RIFF/WAVE file of one channel, 16 bit, with `pcmBytes` after it. */
export function waveHeader(sampleRate: number, pcmBytes: number): Buffer {
  const bytes = Buffer.alloc(WAVE_HEADER_BYTES);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(WAVE_HEADER_BYTES + pcmBytes - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(pcmBytes, 40);
  return bytes;
}

/** Reads what a speech engine wrote: one channel, 16 bit. Undefined when it is anything else. */
export function parseWave(bytes: Buffer): Wave | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const start = at + 8;
    // An engine that writes as it speaks leaves a length that is far too great: what is there is taken.
    const length = Math.min(bytes.readUInt32LE(at + 4), bytes.length - start);
    if (name === 'fmt ' && length >= 16) {
      if (bytes.readUInt16LE(start) !== 1 || bytes.readUInt16LE(start + 2) !== 1 || bytes.readUInt16LE(start + 14) !== 16) return undefined;
      sampleRate = bytes.readUInt32LE(start + 4);
    }
    if (name === 'data') return sampleRate === 0 ? undefined : { sampleRate, pcm: bytes.subarray(start, start + length - (length % 2)) };
    at = start + length + (length % 2);
  }
  return undefined;
}

/** Lengths that programs write which do not know yet how long the file will be. */
const UNKNOWN_LENGTHS: readonly number[] = [0, 0xffff_ffff, 0x7fff_ffff];

/**
 * How many times longer a WAV was meant to be than it is, by the length in its first bytes: above 1 its end is missing.
 * 1 for a whole one and for every other kind of file. (ffmpeg believes the file's size instead, and so sees nothing.)
 */
export async function promisedShare(file: string): Promise<number> {
  const handle = await open(file, 'r');
  try {
    const head = Buffer.alloc(12);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    if (bytesRead < head.length || head.toString('latin1', 0, 4) !== 'RIFF') return 1;
    const promised = head.readUInt32LE(4);
    const { size } = await handle.stat();
    return UNKNOWN_LENGTHS.includes(promised) ? 1 : Math.max(1, (promised + 8) / size);
  } finally {
    await handle.close();
  }
}
