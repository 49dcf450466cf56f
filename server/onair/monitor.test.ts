import { encodeMonitorFrame, MONITOR_FRAME_MS } from '@tieng-lang/shared/contract/monitor';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Monitor } from './monitor.ts';
import { PacketQueue, SILENT_PACKET } from './packet-queue.ts';

const packet = (name: number) => Uint8Array.of(0xf8, name);
const frame = (number: number) => Buffer.from(encodeMonitorFrame({ number, packet: packet(number % 256) }, 0));

function setUp() {
  const clock = new ManualClock(1_000_000);
  const orders: { cluster: string; untilMs: number }[] = [];
  const monitor = new Monitor({
    clock,
    log: pino({ level: 'silent' }),
    order: async (cluster, untilMs) => void orders.push({ cluster, untilMs }),
  });
  const heard: Uint8Array[] = [];
  const listener = { packets: (packets: readonly Uint8Array[]) => void heard.push(...packets), ended: () => undefined };
  return { clock, orders, monitor, heard, listener };
}

describe('listening at a cluster', () => {
  test('the stream goes on at the pace of time, silent while nothing comes', () => {
    const { clock, monitor, heard, listener } = setUp();
    monitor.listen('HD-01', listener);
    clock.advance(5000);
    expect(heard.length).toBe(5000 / MONITOR_FRAME_MS);
    expect(heard.every((each) => each === SILENT_PACKET)).toBe(true);
  });

  test('every frame of a sound is heard once and in order, a lost one as silence', () => {
    const { clock, monitor, heard, listener } = setUp();
    monitor.listen('HD-01', listener);
    for (let number = 0; number < 100; number++) {
      if (number !== 42) monitor.receive('HD-01', frame(number));
      if (number === 50) monitor.receive('HD-01', frame(48));
      clock.advance(MONITOR_FRAME_MS);
    }
    clock.advance(2000);
    const first = heard.findIndex((each) => each !== SILENT_PACKET);
    const sounded = heard.slice(first, first + 100).map((each) => (each === SILENT_PACKET ? -1 : each[1]));
    expect(sounded).toEqual(Array.from({ length: 100 }, (_, number) => (number === 42 ? -1 : number)));
  });

  test('all who listen to one cluster share one order, renewed until the last has gone', () => {
    const { clock, orders, monitor, listener } = setUp();
    const endFirst = monitor.listen('HD-01', listener);
    const endSecond = monitor.listen('HD-01', { packets: () => undefined, ended: () => undefined });
    expect(orders).toHaveLength(1);
    clock.advance(60_000);
    expect(orders).toHaveLength(4);
    // Each order reaches past the next renewal.
    for (const [index, order] of orders.slice(1).entries()) expect(orders[index]?.untilMs).toBeGreaterThan(order.untilMs - 30_000);
    endFirst();
    endSecond();
    clock.advance(60_000);
    expect(orders).toHaveLength(4);
    expect(clock.armed).toBe(0);
  });

  test('frames of a cluster that nobody listens to, and what is no frame, change nothing', () => {
    const { clock, monitor, heard, listener } = setUp();
    monitor.listen('HD-01', listener);
    monitor.receive('HD-02', frame(1));
    monitor.receive('HD-01', Buffer.alloc(3));
    clock.advance(1000);
    expect(heard.every((each) => each === SILENT_PACKET)).toBe(true);
  });

  test('a cluster that was restarted counts from the start again and is heard', () => {
    const queue = new PacketQueue();
    for (let number = 5000; number < 5010; number++) queue.put({ number, packet: packet(1) });
    for (let number = 0; number < 10; number++) queue.put({ number, packet: packet(2) });
    const heard = Array.from({ length: 20 }, () => queue.next()[1]);
    expect(heard).toEqual([...Array(10).fill(1), ...Array(10).fill(2)]);
  });

  test('what piled up behind a stall is dropped: a monitor is about now', () => {
    const queue = new PacketQueue();
    for (let number = 0; number < 500; number++) queue.put({ number, packet: packet(number % 256) });
    expect(queue.next()[1]).toBe(450 % 256);
  });
});
