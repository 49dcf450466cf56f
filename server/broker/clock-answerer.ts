import { type ClockReply, clockAsk } from '@tieng-lang/shared/contract/clock-exchange';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { BrokerLink } from '../services.ts';

/**
 * The answer to an agent's question for the time; undefined for what is no question. t3 is taken last, so that whatever
 * this process does in between counts as time spent here and not as distance.
 * @param receivedAtMs t2: when the question was read from the socket
 */
export function clockReplyTo(payload: string | Buffer, receivedAtMs: number, clock: Pick<Clock, 'nowMs'>): string | undefined {
  const ask = clockAsk.safeParse(jsonOf(payload));
  if (!ask.success) return undefined;
  const { id, t1 } = ask.data;
  const reply: ClockReply = { id, t1, t2: receivedAtMs, t3: clock.nowMs() };
  return JSON.stringify(reply);
}

/**
 * Answers over the link: for an external broker. The embedded one answers by itself, being idle, and one hop nearer,
 * where this process may be busy with its database for milliseconds.
 */
export function answerClock({ link, clock, log }: { link: BrokerLink; clock: Clock; log: Logger }): void {
  link.handle('clock/ask', async (from, payload, receivedAtMs) => {
    const reply = clockReplyTo(payload, receivedAtMs, clock);
    if (reply === undefined) {
      log.warn({ event: 'clock-ask-refused', cluster: from.cluster });
      return;
    }
    try {
      await link.publish(from, 'clock/reply', reply, { qos: 0 });
    } catch (error) {
      // The agent asks again; an answer that is late is worth nothing.
      log.debug({ event: 'clock-reply-not-sent', cluster: from.cluster, err: error });
    }
  });
}

function jsonOf(payload: string | Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}
