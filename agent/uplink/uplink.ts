import type { AgentPublishes } from '@tieng-lang/shared/contract/topics';

/** The way to the server, as the other parts of the agent see it. */
export interface Uplink {
  readonly connected: boolean;
  /**
   * Rejects when the broker has not taken it in time, or while there is no connection: nothing is queued, as a queue in
   * memory dies with the process. What must arrive is kept by the caller and sent again.
   */
  publish(leaf: AgentPublishes, payload: string | Uint8Array, options: { qos: 0 | 1; retain?: boolean }): Promise<void>;
}
