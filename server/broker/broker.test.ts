import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clockReply } from '@tieng-lang/shared/contract/clock-exchange';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBroker } from './broker.ts';
import { createLink } from './link.ts';
import { type BrokerHarness, type DeviceCredentials, nextEvent, startBrokerHarness } from './test-harness.ts';

const HERE = { station: 'huong-dao', cluster: 'HD-01' };
const STATE = 'tl/1/huong-dao/HD-01/state';

let harness: BrokerHarness;
let one: DeviceCredentials;
let two: DeviceCredentials;
const heard: { leaf: string; cluster: string; text: string }[] = [];

beforeAll(async () => {
  harness = await startBrokerHarness();
  const { link } = harness;
  for (const leaf of ['state', 'journal', 'health', 'answer'] as const) {
    link.handle(leaf, (from, payload) => {
      heard.push({ leaf, cluster: from.cluster, text: payload.toString() });
    });
  }
  if (!link.connected) await nextEvent(harness.events, 'broker connected');
  one = await harness.enrol('huong-dao.HD-01.aaaaaa');
  two = await harness.enrol('huong-dao.HD-02.bbbbbb');
});
afterAll(() => harness.stop());

const nextMessage = (client: MqttClient) =>
  new Promise<string>((resolve) => {
    client.once('message', (_topic, payload) => resolve(payload.toString()));
  });
const closed = (client: MqttClient) =>
  new Promise<void>((resolve) => {
    client.once('close', () => resolve());
  });

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Everything that the broker had to do for this client before is done when this comes back. */
async function settled(client: MqttClient, deviceTopic: string): Promise<void> {
  const mark = `mark-${heard.length}-${Math.random()}`;
  await client.publishAsync(deviceTopic, mark, { qos: 1 });
  await vi.waitFor(() => expect(heard.some(({ text }) => text === mark)).toBe(true));
}

describe('the door of the broker', () => {
  test('is shut to whoever shows no certificate', async () => {
    await expect(harness.connect(undefined, { clientId: one.deviceId })).rejects.toThrow();
  });

  test('is shut to a certificate of another authority', async () => {
    const other = await startBrokerHarness();
    try {
      const foreign = await other.enrol(one.deviceId);
      await expect(harness.connect(foreign)).rejects.toThrow();
    } finally {
      await other.stop();
    }
  });

  test('is shut to a device that calls itself by another’s name, and the other one stays connected', async () => {
    const victim = await harness.connect(two);
    await expect(harness.connect(one, { clientId: two.deviceId })).rejects.toThrow(/Identifier rejected/);
    await expect(harness.connect(one, { clientId: 'server' })).rejects.toThrow(/Identifier rejected/);
    await settled(victim, 'tl/1/huong-dao/HD-02/health');
    expect(victim.connected).toBe(true);
    expect(harness.link.connected).toBe(true);
    await victim.endAsync();
  });

  test('is shut to an empty name, to a session that outlives its connection, and to a foreign will', async () => {
    await expect(harness.connect(one, { clientId: '' })).rejects.toThrow();
    await expect(harness.connect(one, { clean: false })).rejects.toThrow(/Not authorized/);
    const will = { topic: 'tl/1/huong-dao/HD-02/state', payload: Buffer.from('{}'), qos: 1 as const, retain: true };
    await expect(harness.connect(one, { will })).rejects.toThrow(/Not authorized/);
  });

  test('is shut to a device that nobody enrolled, though its certificate is good', async () => {
    const stranger = await harness.enrol('huong-dao.HD-03.cccccc', { admit: false });
    await expect(harness.connect(stranger)).rejects.toThrow(/Not authorized/);
  });
});

describe('on the broker', () => {
  test('a device is heard by the server, and hears what is for its own cluster', async () => {
    const client = await harness.connect(one);
    await client.subscribeAsync('tl/1/huong-dao/HD-01/order', { qos: 1 });
    const arrived = nextMessage(client);
    await harness.link.publish(HERE, 'order', 'order-for-one', { qos: 1 });
    expect(await arrived).toBe('order-for-one');
    await settled(client, 'tl/1/huong-dao/HD-01/answer');
    await client.endAsync();
  });

  test('a device that connects later hears the plan that is kept for it', async () => {
    await harness.link.publish(HERE, 'plan', 'the-plan', { qos: 1, retain: true });
    const client = await harness.connect(one);
    const arrived = nextMessage(client);
    await client.subscribeAsync('tl/1/huong-dao/HD-01/plan', { qos: 1 });
    expect(await arrived).toBe('the-plan');
    await client.endAsync();
  });

  test('a device is not given what is for another cluster, by whatever filter', async () => {
    const client = await harness.connect(two);
    const got: string[] = [];
    client.on('message', (topic) => got.push(topic));
    for (const filter of [
      'tl/1/huong-dao/HD-01/order',
      'tl/1/huong-dao/+/order',
      'tl/1/#',
      '#',
      '$SYS/#',
      '$share/g/tl/1/huong-dao/HD-01/order',
    ]) {
      const refused = await client.subscribeAsync(filter, { qos: 1 }).then(
        (granted) => granted.every(({ qos }) => qos > 2),
        () => true,
      );
      expect(refused, filter).toBe(true);
    }
    await client.subscribeAsync('tl/1/huong-dao/HD-02/order', { qos: 1 });
    await harness.link.publish(HERE, 'order', 'not-for-two', { qos: 1 });
    const arrived = nextMessage(client);
    await harness.link.publish({ ...HERE, cluster: 'HD-02' }, 'order', 'for-two', { qos: 1 });
    await arrived;
    expect(got).toEqual(['tl/1/huong-dao/HD-02/order']);
    await client.endAsync();
  });

  test('a refused publish reaches nobody, is reported, and does not cost the device its connection', async () => {
    const listener = await harness.connect(two);
    const got: string[] = [];
    listener.on('message', (_topic, payload) => got.push(payload.toString()));
    await listener.subscribeAsync('tl/1/huong-dao/HD-02/order', { qos: 1 });
    const client = await harness.connect(one);
    const reports: { topic: string; reason: string; clientId: string }[] = [];
    const off = harness.events.on('publish refused', (report) => {
      reports.push(report);
    });
    await client.publishAsync('tl/1/huong-dao/HD-02/order', 'forged', { qos: 1, retain: true });
    await client.publishAsync('tl/1/huong-dao/HD-02/state', 'forged', { qos: 0, retain: true });
    await client.publishAsync('tl/1/huong-dao/HD-01/journal', 'forged', { qos: 2 });
    await client.publishAsync('tl/1/huong-dao/HD-01/health', 'forged', { qos: 1, retain: true });
    await client.publishAsync('tl/1/huong-dao/HD-01/health', 'x'.repeat(20_000), { qos: 1 });
    await settled(client, 'tl/1/huong-dao/HD-01/answer');
    expect(client.connected).toBe(true);
    expect(heard.filter(({ text }) => text === 'forged')).toEqual([]);
    await vi.waitFor(
      () =>
        expect(reports.map(({ topic, reason }) => `${reason} ${topic}`).sort()).toEqual([
          'qos tl/1/huong-dao/HD-01/journal',
          'retain tl/1/huong-dao/HD-01/health',
          'too-large tl/1/huong-dao/HD-01/health',
          'topic tl/1/huong-dao/HD-02/order',
          'topic tl/1/huong-dao/HD-02/state',
        ]),
      { timeout: 5000 },
    );
    expect(reports.every(({ clientId }) => clientId === one.deviceId)).toBe(true);
    off();
    const arrived = nextMessage(listener);
    await harness.link.publish({ ...HERE, cluster: 'HD-02' }, 'order', 'last', { qos: 1 });
    await arrived;
    expect(got).toEqual(['last']);
    await client.endAsync();
    await listener.endAsync();
  });

  test('a message of megabytes is cut off before it is collected, and the others do not notice', async () => {
    const healthy = await harness.connect(two);
    const client = await harness.connect(one);
    const gone = closed(client);
    client.publish('tl/1/huong-dao/HD-01/journal', Buffer.alloc(20_000_000), { qos: 0 });
    await gone;
    await settled(healthy, 'tl/1/huong-dao/HD-02/health');
    await healthy.endAsync();
  });

  test('a device that vanishes leaves its will; on a takeover the will comes before the new birth', async () => {
    const will = (nonce: string) => ({ topic: STATE, payload: Buffer.from(`offline-${nonce}`), qos: 1 as const, retain: true });
    const first = await harness.connect(one, { will: will('a') });
    await first.publishAsync(STATE, 'online-a', { qos: 1, retain: true });
    const gone = closed(first);
    const second = await harness.connect(one, { will: will('b') });
    await gone;
    await second.publishAsync(STATE, 'online-b', { qos: 1, retain: true });
    await vi.waitFor(() => expect(heard.at(-1)?.text).toBe('online-b'));
    expect(heard.slice(-3).map(({ text }) => text)).toEqual(['online-a', 'offline-a', 'online-b']);
    second.stream.destroy();
    await vi.waitFor(() => expect(heard.at(-1)?.text).toBe('offline-b'));
  });

  test('a revoked device is cut off at once and does not come back', async () => {
    const client = await harness.connect(one);
    const gone = closed(client);
    await harness.admit([two]);
    await gone;
    await expect(harness.connect(one)).rejects.toThrow(/Not authorized/);
    await harness.admit([one, two]);
    await (await harness.connect(one)).endAsync();
  });

  test('the successor of a device gets in with its new certificate, the old certificate does not', async () => {
    const successor = await harness.enrol('huong-dao.HD-01.aaaaaa', { admit: false });
    await harness.admit([successor, two]);
    await expect(harness.connect(one)).rejects.toThrow(/Not authorized/);
    await (await harness.connect(successor)).endAsync();
    await harness.admit([one, two]);
  });

  test('the clock’s question is answered with the server’s two instants', async () => {
    const client = await harness.connect(one);
    await client.subscribeAsync('tl/1/huong-dao/HD-01/clock/reply', { qos: 0 });
    const arrived = nextMessage(client);
    await client.publishAsync('tl/1/huong-dao/HD-01/clock/ask', 'nonsense', { qos: 0 });
    await client.publishAsync('tl/1/huong-dao/HD-01/clock/ask', JSON.stringify({ id: 7, t1: 1000.5 }), { qos: 0 });
    const reply = clockReply.parse(JSON.parse(await arrived));
    expect(reply).toMatchObject({ id: 7, t1: 1000.5 });
    expect(reply.t3).toBeGreaterThanOrEqual(reply.t2);
    // Another process's reading of the same wall clock.
    expect(Math.abs(reply.t2 - harness.clock.nowMs())).toBeLessThan(60_000);
    await client.endAsync();
  });
});

describe('the broker process', () => {
  test('is brought back on the same port when it is killed, lets in the same devices, and the server is connected again', async () => {
    const { broker, events, link } = harness;
    const { port, pid } = broker;
    const lost = nextEvent(events, 'broker lost');
    const back = nextEvent(events, 'broker connected');
    process.kill(pid ?? 0, 'SIGKILL');
    await lost;
    expect(link.connected).toBe(false);
    await expect(link.publish(HERE, 'order', 'x', { qos: 1 })).rejects.toMatchObject({ code: 'unavailable' });
    await back;
    expect(broker.port).toBe(port);
    expect(broker.pid).not.toBe(pid);
    await (await harness.connect(one)).endAsync();
    const stranger = await harness.enrol('huong-dao.HD-04.dddddd', { admit: false });
    await expect(harness.connect(stranger)).rejects.toThrow(/Not authorized/);
  });

  test('says which port is taken', async () => {
    const { authority, clock, log, events, broker } = harness;
    const second = createBroker({ host: '127.0.0.1', port: broker.port, authority, clock, log, events });
    await expect(second.start()).rejects.toMatchObject({ code: 'port-busy', params: { port: broker.port, variable: 'TL_MQTT_PORT' } });
    await second.stop();
  });

  test('goes with its server, also when that is killed, and leaves the port to the next', async () => {
    const server = new URL('../dist/', import.meta.url).href;
    const script = `
      const load = (path) => import(${JSON.stringify(server)} + path);
      const { createAuthority } = await load('identity/authority.js');
      const { createBroker } = await load('broker/broker.js');
      const { Events } = await load('events.js');
      const { createLogger } = await load('log.js');
      const { SystemClock } = await import('@tieng-lang/shared/time/system-clock');
      const common = { clock: new SystemClock(), log: createLogger({ level: 'silent', part: 'test' }), host: '127.0.0.1' };
      const authority = createAuthority({ ...common, dataDir: ${JSON.stringify(join(harness.dataDir, 'killed'))} });
      await authority.start();
      const broker = createBroker({ ...common, port: 0, authority, events: new Events(common.log) });
      await broker.start();
      process.stdout.write(JSON.stringify({ pid: broker.pid, port: broker.port }));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { pid, port } = JSON.parse(line.toString()) as { pid: number; port: number };
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 10_000 });
    const { authority, clock, log, events } = harness;
    const next = createBroker({ host: '127.0.0.1', port, authority, clock, log, events });
    await next.start();
    expect(next.port).toBe(port);
    await next.stop();
  });

  test('that is there and delivers nothing is found out by the canary and replaced', async () => {
    const other = await startBrokerHarness();
    await other.link.stop();
    const { broker, authority, log, events } = other;
    const clock = new ManualClock(0);
    let silent = 0;
    const link = createLink({
      url: () => `mqtts://127.0.0.1:${broker.port}`,
      authority,
      clock,
      log,
      events,
      onSilent: () => {
        silent++;
        broker.replace('silent');
      },
    });
    const up = nextEvent(events, 'broker connected');
    await link.start();
    await up;
    // The canary comes back, so nothing happens, however long.
    for (let times = 0; times < 6; times++) {
      clock.advance(10_000);
      await link.publish(HERE, 'order', 'after the canary', { qos: 1 });
    }
    expect(silent).toBe(0);
    const { pid } = broker;
    process.kill(pid ?? 0, 'SIGSTOP');
    const lost = nextEvent(events, 'broker lost');
    clock.advance(40_000);
    expect(silent).toBe(1);
    await lost;
    const back = nextEvent(events, 'broker connected');
    await vi.waitFor(
      () => {
        clock.advance(1000);
        expect(link.connected).toBe(true);
      },
      { timeout: 15_000 },
    );
    await back;
    expect(broker.pid).not.toBe(pid);
    await link.stop();
    await other.stop();
  });
});

describe('one frozen device', () => {
  test('does not hold up what is for the others, and is cut off', async () => {
    const healthy = await harness.connect(one);
    const will = { topic: 'tl/1/huong-dao/HD-02/state', payload: Buffer.from('frozen-is-cut-off'), qos: 1 as const, retain: true };
    const frozen = await harness.connect(two, { will });
    await healthy.subscribeAsync('tl/1/huong-dao/HD-01/order', { qos: 1 });
    await frozen.subscribeAsync('tl/1/huong-dao/HD-02/plan', { qos: 1 });
    frozen.stream.unpipe();
    frozen.stream.pause();
    // More than the kernel takes in, and more messages than a broker left to its defaults delivers at once.
    for (let sent = 0; sent < 200; sent++) {
      await harness.link.publish({ ...HERE, cluster: 'HD-02' }, 'plan', Buffer.alloc(100_000), { qos: 0 });
    }
    const arrived = nextMessage(healthy);
    await harness.link.publish(HERE, 'order', 'emergency', { qos: 1 });
    expect(await arrived).toBe('emergency');
    // It came while the frozen one was still connected, and not because that one had been cut off at last.
    frozen.publish('tl/1/huong-dao/HD-02/health', 'still-here', { qos: 0 });
    const firstHeard = () => heard.find(({ text }) => text === 'still-here' || text === 'frozen-is-cut-off')?.text;
    await vi.waitFor(() => expect(firstHeard()).toBeDefined(), { timeout: 20_000 });
    expect(firstHeard()).toBe('still-here');
    await vi.waitFor(() => expect(heard.some(({ text }) => text === 'frozen-is-cut-off')).toBe(true), { timeout: 20_000 });
    await healthy.endAsync();
  });
});
