import type { AgentPublishes } from '@tieng-lang/shared/contract/topics';
import type { Uplink } from '../uplink/uplink.ts';

/** An uplink without a network: keeps what was published, and can be told to be away or to refuse. */
export class LooseUplink implements Uplink {
  connected = true;
  refuses = false;
  readonly sent: { leaf: AgentPublishes; payload: string | Uint8Array; qos: 0 | 1; retain: boolean }[] = [];

  publish(leaf: AgentPublishes, payload: string | Uint8Array, options: { qos: 0 | 1; retain?: boolean }): Promise<void> {
    if (!this.connected || this.refuses) return Promise.reject(new Error('not connected'));
    this.sent.push({ leaf, payload, qos: options.qos, retain: options.retain ?? false });
    return Promise.resolve();
  }

  /** What was published on a leaf, as JSON. */
  bodies(leaf: AgentPublishes): unknown[] {
    return this.sent.filter((message) => message.leaf === leaf).map((message) => JSON.parse(String(message.payload)) as unknown);
  }
}
