import { spawnSync } from 'node:child_process';
import { OpusDecoder } from 'opus-decoder';
import { describe, expect, test } from 'vitest';
import { meterLevel } from './listening.ts';
import { isOpusHeader, OggPackets } from './ogg-packets.ts';

const FRAME_SAMPLES = 960;
const SECONDS = 2;

/** A tone as ffmpeg writes it: packets of 20 ms, the second bitrate large enough for packets of several segments. */
function tone(bitrate: string): Uint8Array {
  const source = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${SECONDS}:sample_rate=48000`];
  const ran = spawnSync('ffmpeg', ['-v', 'error', ...source, '-c:a', 'libopus', '-vbr', 'off', '-b:a', bitrate, '-f', 'ogg', 'pipe:1']);
  expect(ran.status).toBe(0);
  return new Uint8Array(ran.stdout);
}

function packetsIn(ogg: Uint8Array, chunk: number): Uint8Array[] {
  const packets = new OggPackets();
  const found: Uint8Array[] = [];
  for (let at = 0; at < ogg.length; at += chunk) found.push(...packets.push(ogg.subarray(at, at + chunk)));
  return found.filter((packet) => !isOpusHeader(packet));
}

describe('whoever listens at a cluster', () => {
  test.each(['24k', '160k'])('hears every packet of %s, however the network cuts the stream', async (bitrate) => {
    const ogg = tone(bitrate);
    const whole = packetsIn(ogg, ogg.length);
    expect(packetsIn(ogg, 1)).toEqual(whole);
    expect(packetsIn(ogg, 1000)).toEqual(whole);
    const decoder = new OpusDecoder({ channels: 1 });
    await decoder.ready;
    const { channelData, samplesDecoded, errors } = decoder.decodeFrames(whole);
    decoder.free();
    expect(errors).toEqual([]);
    expect(samplesDecoded).toBe(whole.length * FRAME_SAMPLES);
    expect(samplesDecoded).toBeGreaterThanOrEqual(SECONDS * 48_000);
    const power = (channelData[0] ?? new Float32Array()).reduce((sum, sample) => sum + sample * sample, 0) / samplesDecoded;
    expect(meterLevel(power)).toBeGreaterThan(0.4);
  });

  test('is told at once when what comes is no Ogg stream', () => {
    expect(() => new OggPackets().push(new TextEncoder().encode('<html>'))).toThrow(RangeError);
  });
});

test('the meter is empty in silence and full at full scale', () => {
  expect(meterLevel(0)).toBe(0);
  expect(meterLevel(1e-9)).toBe(0);
  expect(meterLevel(1)).toBe(1);
  expect(meterLevel(0.001)).toBeCloseTo(0.5);
});
