import { spawnSync } from 'node:child_process';
import { MONITOR_FRAME_MS } from '@tieng-lang/shared/contract/monitor';
import { describe, expect, test } from 'vitest';
import { OggOpusWriter } from './ogg-opus-writer.ts';
import { SILENT_PACKET } from './packet-queue.ts';

const FRAME_SAMPLES = 960;

/** What ffmpeg hears in an Ogg stream: mono samples, 48 kHz. It is strict about what it reads. */
function decode(ogg: Buffer): Int16Array {
  const ran = spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-i', 'pipe:0', '-f', 's16le', '-ac', '1', '-ar', '48000', 'pipe:1'], {
    input: ogg,
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(ran.stderr.toString()).toBe('');
  expect(ran.status).toBe(0);
  return new Int16Array(ran.stdout.buffer, ran.stdout.byteOffset, ran.stdout.length / 2);
}

/** The packets of an Ogg file that ffmpeg wrote, without its two headers. */
function packetsOf(ogg: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  const packet: Buffer[] = [];
  for (let at = 0; at < ogg.length; ) {
    const segments = ogg.readUInt8(at + 26);
    let body = at + 27 + segments;
    for (let index = 0; index < segments; index++) {
      const length = ogg.readUInt8(at + 27 + index);
      packet.push(ogg.subarray(body, body + length));
      body += length;
      if (length < 255) packets.push(Buffer.concat(packet.splice(0)));
    }
    at = body;
  }
  return packets.slice(2);
}

function encodedTone(bitrate: string): Buffer {
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=3:sample_rate=48000'];
  const opus = ['-c:a', 'libopus', '-frame_duration', '20', '-vbr', 'off', '-b:a', bitrate, '-f', 'ogg', 'pipe:1'];
  const ran = spawnSync('ffmpeg', ['-v', 'error', ...tone, ...opus], { maxBuffer: 64 * 1024 * 1024 });
  expect(ran.status).toBe(0);
  return ran.stdout;
}

describe('whoever listens at a cluster', () => {
  // 32 kbit/s packets take one lacing value, 160 kbit/s packets two.
  test.each(['32k', '160k'])('hears the packets of %s exactly as they were encoded', (bitrate) => {
    const original = encodedTone(bitrate);
    const packets = packetsOf(original);
    const writer = new OggOpusWriter({ serial: 7, packetMs: MONITOR_FRAME_MS });
    const pages = [writer.headers()];
    for (let from = 0; from < packets.length; from += 5) pages.push(writer.packets(packets.slice(from, from + 5)));
    pages.push(writer.packets([], { last: true }));
    const heard = decode(Buffer.concat(pages));
    expect(heard.length).toBe(packets.length * FRAME_SAMPLES);
    const wanted = decode(original);
    // The file says to skip the encoder's start-up; a live stream joins in the middle and skips nothing.
    const skipped = original.readUInt16LE(original.indexOf('OpusHead') + 10);
    expect(Buffer.from(heard.buffer, heard.byteOffset + skipped * 2, wanted.length * 2)).toEqual(
      Buffer.from(wanted.buffer, wanted.byteOffset, wanted.length * 2),
    );
  });

  test('hears silence of the right length while the card is closed', () => {
    const writer = new OggOpusWriter({ serial: 1, packetMs: MONITOR_FRAME_MS });
    const silence = writer.packets(Array<Uint8Array>(100).fill(SILENT_PACKET));
    const heard = decode(Buffer.concat([writer.headers(), silence, writer.packets([], { last: true })]));
    expect(heard.length).toBe(100 * FRAME_SAMPLES);
    expect(heard.every((sample) => Math.abs(sample) <= 1)).toBe(true);
  });
});
