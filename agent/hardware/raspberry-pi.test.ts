import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { health } from '@tieng-lang/shared/contract/health';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RaspberryPi } from './raspberry-pi.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agent-pi-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const box = () => new RaspberryPi({ speakers: ['L1'], dataDir: root, log: pino({ level: 'silent' }), lines: {}, root });

test('a Pi tells its temperature, load, memory and a weak power supply', async () => {
  put('sys/class/thermal/thermal_zone0/temp', '54321\n');
  put('sys/devices/platform/soc/soc:firmware/get_throttled', '50005\n');
  put('proc/meminfo', 'MemTotal:         944000 kB\nMemFree: 1 kB\nMemAvailable:     444000 kB\n');
  put('proc/stat', 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 1 1 1\n');
  const pi = box();
  await pi.start();
  put('proc/stat', 'cpu  150 0 150 900 0 0 0 0 0 0\ncpu0 1 1 1 1\n');
  const reading = await pi.read();
  expect(reading.measurements).toMatchObject({ boardCelsius: 54.3, cpuPercent: 50, memoryMb: 488, underVoltage: true, amplifierOn: false });
  expect(reading.measurements.diskFreeMb).toBeGreaterThanOrEqual(0);
  expect(health.safeParse({ atMs: 1, ...reading }).success).toBe(true);
  await pi.stop();
});

test('what a box has no sensor for is absent, not zero', async () => {
  const pi = box();
  await pi.start();
  const { measurements, speakers } = await pi.read();
  expect(Object.keys(measurements).sort()).toEqual(['amplifierOn', 'diskFreeMb']);
  expect(speakers).toEqual([{ code: 'L1', state: 'unknown' }]);
  await pi.stop();
});
