import { AGENT_PUBLISHES, AGENT_SUBSCRIBES, filterOf, topicOf } from '@tieng-lang/shared/contract/topics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Introduction, introduce, mayReceive, maySubscribe, peerOf, refusalOfPublish } from './topic-rules.ts';

const DEVICE = 'huong-dao.HD-01.abc123';
const HERE = { station: 'huong-dao', cluster: 'HD-01' };
const message = (topic: string, change: Partial<{ qos: number; retain: boolean; bytes: number }> = {}) => ({
  topic,
  qos: 1,
  retain: false,
  bytes: 100,
  ...change,
});

function peer(name: string) {
  const found = peerOf(name);
  if (!found) throw new Error(`no peer: ${name}`);
  return found;
}
const device = peer(DEVICE);
const server = peer('server');

/** What an attacker who holds one device's certificate may try. */
const FOREIGN = [
  '#',
  '+',
  '/',
  '',
  'tl',
  'tl/#',
  'tl/1/#',
  'tl/1/+/+/plan',
  'tl/1/huong-dao/+/plan',
  'tl/1/huong-dao/HD-01/#',
  'tl/1/huong-dao/HD-01/+',
  'tl/1/huong-dao/HD-01',
  'tl/1/huong-dao/HD-01/',
  'tl/1/huong-dao/HD-01//plan',
  'tl/1/huong-dao/HD-02/plan',
  'tl/1/huong-dao/HD-02/state',
  'tl/1/huong-dao/hd-01/state',
  'tl/1/other/HD-01/state',
  'tl/1/huong-dao/HD-01/state/more',
  'tl/1/huong-dao/HD-01/state ',
  'tl/1/huong-dao/HD-01/STATE',
  'tl/1/huong-dao/HD-01/constructor',
  'tl/1/huong-dao/HD-01/__proto__',
  'tl/1/huong-dao/HD-01/toString',
  'tl/2/huong-dao/HD-01/state',
  'TL/1/huong-dao/HD-01/state',
  '/tl/1/huong-dao/HD-01/state',
  'tl/1/canary',
  '$SYS/#',
  '$SYS/broker/clients',
  '$share/group/tl/1/huong-dao/HD-01/plan',
  '$dead/letter',
  `tl/1/huong-dao/HD-01/${'a/'.repeat(100)}`,
  `tl/1/huong-dao/HD-01/live/${'x'.repeat(200)}`,
  'tl/1/huong-dao/HD-01/live/a/b',
  'tl/1/huong-dao/HD-01/live/#',
  'tl/1/huong-dao/HD-01/live',
];

describe('a device', () => {
  test.each(FOREIGN)('may neither publish, subscribe to nor receive %j', (topic) => {
    expect(refusalOfPublish(device, message(topic))).toBe('topic');
    expect(maySubscribe(device, topic)).toBe(false);
    expect(mayReceive(device, topic)).toBe(false);
  });

  test.each(AGENT_PUBLISHES)('may publish its own %s, but not hear it back', (leaf) => {
    expect(refusalOfPublish(device, message(topicOf(HERE, leaf)))).toBeUndefined();
    expect(maySubscribe(device, topicOf(HERE, leaf))).toBe(false);
    expect(mayReceive(device, topicOf(HERE, leaf))).toBe(false);
  });

  test.each(AGENT_SUBSCRIBES)('may hear its own %s, but not say it', (leaf) => {
    expect(maySubscribe(device, topicOf(HERE, leaf))).toBe(true);
    expect(mayReceive(device, topicOf(HERE, leaf))).toBe(true);
    expect(refusalOfPublish(device, message(topicOf(HERE, leaf)))).toBe('topic');
  });

  test('may hear the live sound of its own cluster', () => {
    expect(maySubscribe(device, 'tl/1/huong-dao/HD-01/live/+')).toBe(true);
    expect(mayReceive(device, 'tl/1/huong-dao/HD-01/live/b-1')).toBe(true);
    expect(mayReceive(device, 'tl/1/huong-dao/HD-02/live/b-1')).toBe(false);
    expect(refusalOfPublish(device, message('tl/1/huong-dao/HD-01/live/b-1'))).toBe('topic');
  });

  test('retains nothing but its state', () => {
    for (const leaf of AGENT_PUBLISHES) {
      expect(refusalOfPublish(device, message(topicOf(HERE, leaf), { retain: true }))).toBe(leaf === 'state' ? undefined : 'retain');
    }
  });

  test('publishes nothing at QoS 2 and nothing larger than its kind of message can be', () => {
    for (const leaf of AGENT_PUBLISHES) {
      expect(refusalOfPublish(device, message(topicOf(HERE, leaf), { qos: 2 }))).toBe('qos');
      expect(refusalOfPublish(device, message(topicOf(HERE, leaf), { bytes: 262_145 }))).toBe('too-large');
    }
  });

  test('touches no topic outside its own cluster, whatever the topic', () => {
    const part = fc.oneof(
      fc.constantFrom('tl', '1', 'huong-dao', 'HD-01', 'HD-02', 'state', 'plan', 'live', '+', '#', '', '$share'),
      fc.string(),
    );
    const anyTopic = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(anyTopic, (topic) => {
        const touches = refusalOfPublish(device, message(topic)) === undefined || maySubscribe(device, topic) || mayReceive(device, topic);
        expect(touches && !topic.startsWith('tl/1/huong-dao/HD-01/')).toBe(false);
      }),
    );
  });
});

describe('the server', () => {
  test('may do everything below its root, and nothing else', () => {
    for (const leaf of AGENT_SUBSCRIBES) expect(refusalOfPublish(server, message(topicOf(HERE, leaf), { retain: true }))).toBeUndefined();
    for (const leaf of AGENT_PUBLISHES) expect(maySubscribe(server, filterOf(leaf))).toBe(true);
    for (const topic of ['#', '$SYS/#', '+/1/huong-dao/HD-01/state', 'tl/2/x']) {
      expect(maySubscribe(server, topic)).toBe(false);
      expect(mayReceive(server, topic)).toBe(false);
      expect(refusalOfPublish(server, message(topic))).toBe('topic');
    }
    expect(refusalOfPublish(server, message('tl/1/huong-dao/HD-01/plan', { qos: 2 }))).toBe('qos');
  });
});

describe('an introduction', () => {
  const admitted = new Map([
    [DEVICE, 'aa'],
    ['server', 'bb'],
  ]);
  const good: Introduction = { commonName: DEVICE, serial: 'aa', clientId: DEVICE, clean: true, will: undefined };
  const state = message('tl/1/huong-dao/HD-01/state', { retain: true });

  test('is accepted under the certificate’s own name', () => {
    expect(introduce(good, admitted)).toEqual({ peer: device });
    expect(introduce({ ...good, will: state }, admitted)).toEqual({ peer: device });
    expect(introduce({ ...good, commonName: 'server', clientId: 'server', serial: 'bb' }, admitted)).toEqual({ peer: server });
  });

  test.each<[string, Partial<Introduction>, string]>([
    ['another device’s client id', { clientId: 'huong-dao.HD-02.abc123' }, 'name'],
    ['the server’s client id', { clientId: 'server' }, 'name'],
    ['an empty client id', { clientId: '' }, 'name'],
    ['no client id', { clientId: undefined }, 'name'],
    ['a certificate without a name', { commonName: undefined, clientId: undefined }, 'name'],
    ['a certificate whose name is empty', { commonName: '', clientId: '' }, 'unknown-device'],
    ['a device that was never enrolled', { commonName: 'huong-dao.HD-09.abc123', clientId: 'huong-dao.HD-09.abc123' }, 'unknown-device'],
    ['a certificate that was replaced', { serial: 'cc' }, 'unknown-device'],
    ['a name of the language’s own', { commonName: '__proto__', clientId: '__proto__' }, 'unknown-device'],
    ['a session that outlives the connection', { clean: false }, 'persistent-session'],
    ['a will on another cluster’s state', { will: { ...state, topic: 'tl/1/huong-dao/HD-02/state' } }, 'will'],
    ['a will that is an order', { will: { ...state, topic: 'tl/1/huong-dao/HD-01/order' } }, 'will'],
    ['a will that is a journal', { will: message('tl/1/huong-dao/HD-01/journal') }, 'will'],
    ['a will at QoS 2', { will: { ...state, qos: 2 } }, 'will'],
    ['a will that is too large', { will: { ...state, bytes: 100_000 } }, 'will'],
  ])('is refused with %s', (_what, change, refusal) => {
    expect(introduce({ ...good, ...change }, admitted)).toEqual({ refusal });
  });
});
