import { ConfigurationError } from '@tieng-lang/shared/configuration';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

function faultsOf(env: Record<string, string>, args: string[]): string[] {
  try {
    readConfig(env, args);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map((fault) => fault.name);
    throw error;
  }
  return [];
}

test('without a word it is a box with a sound card, in a folder of its own', () => {
  expect(readConfig({}, [])).toMatchObject({ sink: 'alsa', hardware: 'raspberry-pi', logLevel: 'info', server: undefined });
  expect(readConfig({ TL_DATA_DIR: '/var/lib/tl' }, [])).toMatchObject({ dataDir: '/var/lib/tl/agent', captureDir: '/var/lib/tl/capture' });
});

test('without a sound card the box around it is simulated too, unless somebody says otherwise', () => {
  expect(readConfig({ TL_SINK: 'null' }, []).hardware).toBe('simulated');
  expect(readConfig({ TL_SINK: 'null', TL_HARDWARE: 'raspberry-pi', TL_GPIO_AMPLIFIER: '17' }, [])).toMatchObject({
    hardware: 'raspberry-pi',
    lines: { amplifier: 17 },
  });
});

test('the enrolment command is read as it is printed by the console', () => {
  const args = ['--server', 'https://192.168.1.10:8443', '--code', 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345', '--data', '/srv/c01'];
  expect(readConfig({}, args)).toMatchObject({
    dataDir: '/srv/c01',
    server: { url: 'https://192.168.1.10:8443', code: 'ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345' },
  });
});

test('every fault is told at once', () => {
  const env = { TL_SINK: 'loud', TL_LOG_LEVEL: 'shout', TL_GPIO_DOOR: 'x' };
  expect(faultsOf(env, ['--code', 'ABCD', '--broker', 'mqtt://office', '--colour', 'extra', '--data']).sort()).toEqual(
    ['--broker', '--colour', '--data', '--server', '--server', 'TL_GPIO_DOOR', 'TL_LOG_LEVEL', 'TL_SINK', 'extra'].sort(),
  );
});

test('an empty variable is an unset one', () => {
  expect(faultsOf({ TL_SINK: '', TL_LOG_LEVEL: ' ' }, [])).toEqual([]);
});
