import type { RefusedPublish } from './broker-messages.ts';
import type { Refusal } from './topic-rules.ts';

/** So many different refusals are told apart until they are collected; the rest is counted together. */
const KINDS_MAX = 200;
const TOPIC_LENGTH_MAX = 200;

/**
 * Refused publishes, counted until somebody collects them. A device gone mad repeats one refusal thousands of times a
 * second: that must cost a counter, not a message each.
 */
export class DeadLetters {
  readonly #counted = new Map<string, RefusedPublish>();

  add(clientId: string, topic: string, reason: Refusal): void {
    const short = topic.slice(0, TOPIC_LENGTH_MAX);
    const key = JSON.stringify([clientId, short, reason]);
    const known = this.#counted.get(key);
    if (known) known.count++;
    else if (this.#counted.size < KINDS_MAX) this.#counted.set(key, { clientId, topic: short, reason, count: 1 });
    else this.#addToRest();
  }

  /** What was refused since the last call. */
  collect(): RefusedPublish[] {
    const items = [...this.#counted.values()];
    this.#counted.clear();
    return items;
  }

  #addToRest(): void {
    const rest = this.#counted.get('rest') ?? { clientId: '*', topic: '*', reason: 'too-many', count: 0 };
    rest.count++;
    this.#counted.set('rest', rest);
  }
}
