import type { AgentState, OnlineState } from '@tieng-lang/shared/contract/state';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';

/** A will is often followed by a new birth: a 4G link that changes its address, a broker that restarts. */
export const PATIENCE_MS = 10_000;

interface Seen {
  /** The state that was said last, kept for show also when the cluster is gone. */
  last: OnlineState | undefined;
  online: boolean;
  lastSeenAtMs: number | null;
  /** Armed while it is not known whether the cluster is still there. */
  doubt: Timer | undefined;
}

export interface PresenceRecord {
  last: OnlineState | undefined;
  online: boolean;
  lastSeenAtMs: number | null;
}

export interface PresenceOptions {
  clock: Clock;
  /** Presence or state changed. */
  onChange: (cluster: string) => void;
  /** "Online" with a new nonce, or of a cluster that was gone. */
  onConnected: (cluster: string) => void;
}

/** Who is there, from what clusters say themselves and from what the broker says when they fall silent. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #seen = new Map<string, Seen>();

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** What was known when the server stopped. Nobody counts as online before having said so to this server. */
  restore(cluster: string, record: Pick<PresenceRecord, 'last' | 'lastSeenAtMs'>): void {
    this.#seen.set(cluster, { ...record, online: false, doubt: undefined });
  }

  stop(): void {
    for (const seen of this.#seen.values()) seen.doubt?.cancel();
  }

  record(cluster: string): PresenceRecord {
    const { last, online, lastSeenAtMs } = this.#seen.get(cluster) ?? { last: undefined, online: false, lastSeenAtMs: null };
    return { last, online, lastSeenAtMs };
  }

  online(cluster: string): OnlineState | undefined {
    const seen = this.#seen.get(cluster);
    return seen?.online ? seen.last : undefined;
  }

  get onlineCount(): number {
    let count = 0;
    for (const { online } of this.#seen.values()) if (online) count++;
    return count;
  }

  /** Any message is a sign of life. */
  heard(cluster: string, atMs: number): void {
    const seen = this.#of(cluster);
    seen.lastSeenAtMs = atMs;
  }

  said(cluster: string, state: AgentState): void {
    const seen = this.#of(cluster);
    if (state.state === 'offline') {
      // Another nonce than the last birth's: the will of a connection that was replaced, late.
      if (seen.online && seen.last?.nonce === state.nonce) this.#doubt(cluster, seen);
      return;
    }
    const connected = !seen.online || seen.last?.nonce !== state.nonce;
    seen.doubt?.cancel();
    seen.doubt = undefined;
    seen.last = state;
    seen.online = true;
    this.#options.onChange(cluster);
    if (connected) this.#options.onConnected(cluster);
  }

  /** The server lost the broker: who is there will say so when it is back, and is what it was until then. */
  brokerLost(): void {
    for (const [cluster, seen] of this.#seen) if (seen.online) this.#doubt(cluster, seen);
  }

  /**
   * The broker is back: from now on, whoever is there is born anew (on a broker that restarted) or has its retained
   * state come back (from one that did not). The latter may be read before this is called, and is then beyond doubt.
   */
  brokerBack(): void {
    for (const [cluster, seen] of this.#seen) {
      if (!seen.doubt) continue;
      seen.doubt.cancel();
      seen.doubt = undefined;
      this.#doubt(cluster, seen);
    }
  }

  #doubt(cluster: string, seen: Seen): void {
    if (seen.doubt) return;
    seen.doubt = this.#options.clock.after(PATIENCE_MS, () => {
      seen.doubt = undefined;
      seen.online = false;
      this.#options.onChange(cluster);
    });
  }

  #of(cluster: string): Seen {
    const known = this.#seen.get(cluster);
    if (known) return known;
    const fresh: Seen = { last: undefined, online: false, lastSeenAtMs: null, doubt: undefined };
    this.#seen.set(cluster, fresh);
    return fresh;
  }
}
