import type { ClusterAddress } from '@tieng-lang/shared/contract/topics';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { BrokerLink } from '../services.ts';
import { answerClock, clockReplyTo } from './clock-answerer.ts';

const START_MS = 1_800_000_000_000;

describe('the answer to a question for the time', () => {
  test('holds when the question came and when the answer left, to the fraction of a millisecond', () => {
    const clock = new ManualClock(START_MS + 0.75);
    expect(JSON.parse(clockReplyTo('{"id":3,"t1":12.5}', START_MS + 0.25, clock) ?? '')).toEqual({
      id: 3,
      t1: 12.5,
      t2: START_MS + 0.25,
      t3: START_MS + 0.75,
    });
  });

  test.each(['', '{', 'null', '{"id":-1,"t1":1}', '{"id":1}', '{"id":1,"t1":"1"}', '{"id":1,"t1":-5}'])(
    'is not given to %j',
    (question) => {
      expect(clockReplyTo(Buffer.from(question), 1, new ManualClock(1))).toBeUndefined();
    },
  );

  test('goes back to the cluster that asked, and a lost connection hurts nobody', async () => {
    const clock = new ManualClock(START_MS);
    const sent: [ClusterAddress, string, unknown][] = [];
    let ask: Parameters<BrokerLink['handle']>[1] | undefined;
    const link: BrokerLink = {
      connected: true,
      async publish(address, leaf, payload) {
        if (sent.length > 0) throw new Error('the connection is gone');
        sent.push([address, leaf, JSON.parse(String(payload))]);
      },
      handle(_leaf, handler) {
        ask = handler;
      },
    };
    answerClock({ link, clock, log: pino({ level: 'silent' }) });
    const from = { station: 'huong-dao', cluster: 'HD-07' };
    const question = Buffer.from('{"id":1,"t1":5}');
    for (const payload of [Buffer.from('nonsense'), question, question]) await ask?.(from, payload, START_MS - 2);
    expect(sent).toEqual([[from, 'clock/reply', { id: 1, t1: 5, t2: START_MS - 2, t3: START_MS }]]);
  });
});
