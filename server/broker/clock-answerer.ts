import { type ClockReply, clockAsk } from '@tieng-lang/shared/contract/clock-exchange';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { BrokerLink } from '../services.ts';

/**
 * Answers the agents' question for the time: t2 is when the message was read from the socket, t3 is taken last, so that
 * whatever this process does between counts as time spent here and not as distance.
 */
export function answerClock({ link, clock, log }: { link: BrokerLink; clock: Clock; log: Logger }): void {
  link.handle('clock/ask', async (from, payload, receivedAtMs) => {
    const ask = clockAsk.safeParse(jsonOf(payload));
    if (!ask.success) {
      log.warn({ event: 'clock-ask-refused', cluster: from.cluster });
      return;
    }
    const { id, t1 } = ask.data;
    const reply: ClockReply = { id, t1, t2: receivedAtMs, t3: clock.nowMs() };
    try {
      await link.publish(from, 'clock/reply', JSON.stringify(reply), { qos: 0 });
    } catch (error) {
      // The agent asks again; an answer that is late is worth nothing.
      log.debug({ event: 'clock-reply-not-sent', cluster: from.cluster, err: error });
    }
  });
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
