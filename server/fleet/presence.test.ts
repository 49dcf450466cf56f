import type { OnlineState } from '@tieng-lang/shared/contract/state';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { beforeEach, describe, expect, test } from 'vitest';
import { PATIENCE_MS, Presence } from './presence.ts';

const CLUSTER = 'HD-01';
const birth = (nonce: string, planVersion = 1): OnlineState => ({
  state: 'online',
  nonce,
  atMs: 1,
  deviceId: 'huong-dao.HD-01.abc123',
  agentVersion: '0.1.0',
  planVersion,
  overrideVersion: 0,
  media: { verified: 0, total: 0 },
  clock: { status: 'synced', offsetMs: 0, uncertaintyMs: 1 },
  playing: null,
});
const will = (nonce: string) => ({ state: 'offline', nonce }) as const;

let clock: ManualClock;
let presence: Presence;
let changes: boolean[];
let connections: number;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  changes = [];
  connections = 0;
  presence = new Presence({
    clock,
    onChange: (cluster) => changes.push(presence.online(cluster) !== undefined),
    onConnected: () => connections++,
  });
});

describe('presence', () => {
  test('calls a cluster gone when its will came and ten seconds passed, and not before', () => {
    presence.said(CLUSTER, birth('a'));
    presence.said(CLUSTER, will('a'));
    clock.advance(PATIENCE_MS - 1);
    expect(presence.online(CLUSTER)).toBeDefined();
    clock.advance(1);
    expect(presence.online(CLUSTER)).toBeUndefined();
    expect(changes).toEqual([true, false]);
  });

  test('does not flap when a link breaks and is back at once', () => {
    presence.said(CLUSTER, birth('a'));
    presence.said(CLUSTER, will('a'));
    clock.advance(3000);
    presence.said(CLUSTER, birth('b'));
    clock.advance(10 * PATIENCE_MS);
    expect(changes).toEqual([true, true]);
    expect(connections).toBe(2);
  });

  test('does not believe the will of a connection that was replaced', () => {
    presence.said(CLUSTER, birth('a'));
    presence.said(CLUSTER, birth('b'));
    presence.said(CLUSTER, will('a'));
    clock.advance(10 * PATIENCE_MS);
    expect(presence.online(CLUSTER)?.nonce).toBe('b');
  });

  test('says "connected" once for a connection, however often the cluster repeats its state', () => {
    presence.said(CLUSTER, birth('a'));
    presence.said(CLUSTER, birth('a', 2));
    presence.said(CLUSTER, birth('a', 3));
    expect(connections).toBe(1);
    expect(presence.online(CLUSTER)?.planVersion).toBe(3);
  });

  test('says "connected" again for a cluster that was gone, even on the same connection', () => {
    presence.said(CLUSTER, birth('a'));
    presence.brokerLost();
    clock.advance(PATIENCE_MS);
    presence.said(CLUSTER, birth('a'));
    expect(connections).toBe(2);
  });

  test('keeps what it knows while the broker is away for a moment, and lets go after the patience', () => {
    presence.said(CLUSTER, birth('a'));
    presence.said('HD-02', birth('c'));
    presence.brokerLost();
    clock.advance(PATIENCE_MS - 1);
    presence.brokerBack();
    presence.said(CLUSTER, birth('a'));
    clock.advance(PATIENCE_MS - 1);
    expect(presence.onlineCount).toBe(2);
    clock.advance(1);
    expect(presence.onlineCount).toBe(1);
    expect(presence.online('HD-02')).toBeUndefined();
    presence.stop();
    expect(clock.armed).toBe(0);
  });

  test('does not doubt a cluster again whose kept state was read before the news that the broker is back', () => {
    presence.said(CLUSTER, birth('a'));
    presence.brokerLost();
    presence.said(CLUSTER, birth('a'));
    presence.brokerBack();
    clock.advance(10 * PATIENCE_MS);
    expect(presence.online(CLUSTER)).toBeDefined();
    expect(connections).toBe(1);
  });

  test('after a restart of the server shows what was, but counts nobody as there who has not said so', () => {
    presence.restore(CLUSTER, { last: birth('a'), lastSeenAtMs: 5 });
    expect(presence.online(CLUSTER)).toBeUndefined();
    expect(presence.record(CLUSTER)).toMatchObject({ online: false, lastSeenAtMs: 5, last: { nonce: 'a' } });
    presence.said(CLUSTER, birth('a'));
    expect(connections).toBe(1);
  });
});
