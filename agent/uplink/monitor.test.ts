import { Decoder } from '@evan/opus';
import { decodeMonitorFrame } from '@tieng-lang/shared/contract/monitor';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { OutputTap } from '../player/contract.ts';
import { LooseUplink } from '../testing/loose-uplink.ts';
import { Monitor } from './monitor.ts';

function listenTo() {
  const clock = new ManualClock(1_795_000_000_000);
  const uplink = new LooseUplink();
  const taps = new Set<OutputTap>();
  const monitor = new Monitor({
    uplink,
    clock,
    log: pino({ level: 'silent' }),
    nowMs: () => clock.nowMs(),
    tap: (tap) => {
      taps.add(tap);
      return () => taps.delete(tap);
    },
  });
  let phase = 0;
  /** The speakers sound a tone of 440 Hz, in blocks of the card's own length. */
  const sound = (ms: number, blockFrames: number) => {
    for (let frames = ms * 48; frames > 0; frames -= blockFrames) {
      const block = Float32Array.from(
        { length: Math.min(blockFrames, frames) },
        () => 0.5 * Math.sin((phase++ * 2 * Math.PI * 440) / 48_000),
      );
      for (const tap of taps) tap(block, clock.nowMs());
      clock.advance(block.length / 48);
    }
  };
  return { clock, uplink, taps, monitor, sound };
}

const frames = (uplink: LooseUplink) => uplink.sent.map((message) => decodeMonitorFrame(message.payload as Uint8Array));

test('whoever listens at the console hears what the speakers sound, whatever the card’s blocks are', () => {
  const { clock, uplink, monitor, sound } = listenTo();
  monitor.listen(clock.nowMs() + 60_000);
  sound(1_000, 1_111);
  const sent = frames(uplink);
  expect(sent.map((frame) => frame?.number)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  const decoder = new Decoder({ channels: 1, sample_rate: 48000 });
  const heard = sent.flatMap((frame) => {
    const pcm = decoder.decode(frame?.packet ?? new Uint8Array());
    return [...new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength))];
  });
  const later = heard.slice(24_000);
  const rms = Math.sqrt(later.reduce((sum, value) => sum + value * value, 0) / later.length) / 32_768;
  expect(rms).toBeGreaterThan(0.3);
  expect(rms).toBeLessThan(0.4);
  const crossings = later.filter((value, index) => index > 0 && value >= 0 && (later[index - 1] ?? 0) < 0).length;
  expect(crossings / (later.length / 48_000)).toBeGreaterThan(430);
  expect(crossings / (later.length / 48_000)).toBeLessThan(450);
});

test('listening ends by itself, is prolonged by a second order, and never lasts longer than ten minutes', () => {
  const { clock, taps, monitor } = listenTo();
  monitor.listen(clock.nowMs() + 10_000);
  monitor.listen(clock.nowMs() + 20_000);
  clock.advance(15_000);
  expect(taps.size).toBe(1);
  clock.advance(5_000);
  expect(taps.size).toBe(0);
  monitor.listen(clock.nowMs() + 86_400_000);
  clock.advance(600_000);
  expect(taps.size).toBe(0);
  expect(clock.armed).toBe(0);
});

test('nothing is sent while there is no connection, and an order that ended already starts nothing', () => {
  const { clock, uplink, taps, monitor, sound } = listenTo();
  monitor.listen(clock.nowMs() - 1);
  expect(taps.size).toBe(0);
  monitor.listen(clock.nowMs() + 60_000);
  uplink.connected = false;
  sound(500, 960);
  expect(uplink.sent).toEqual([]);
  monitor.stop();
  expect(clock.armed).toBe(0);
});
