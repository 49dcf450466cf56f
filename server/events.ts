import type { ServerEvent, ServerEventName } from '@tieng-lang/shared/contract/http/events';
import type { Logger } from 'pino';

/** Everything that happens in the server and that another feature may care for. */
export interface EventMap {
  /** A bulletin changed: its content, its state, or its media. What is scheduled with it must be compiled anew. */
  'bulletin changed': { bulletinId: string };
  'media changed': { mediaId: string };
  /** A programme, a schedule or the targets behind one changed. */
  'schedule changed': { scheduleId: string | undefined };
  'cluster settings changed': { cluster: string };
  /** A device was enrolled for a cluster, or its device was revoked. */
  'device changed': { cluster: string };
  /** A cluster said "online" with a new nonce: reconcile with it. */
  'cluster connected': { cluster: string };
  /** Anything in the answer of `GET /clusters/:code` changed. */
  'cluster changed': { cluster: string };
  /** An order to this cluster was made, answered, withdrawn or has ended. */
  'order changed': { cluster: string };
  /** Receipts of a cluster were stored. */
  'receipts stored': { cluster: string; broadcastIds: readonly string[] };
  'alarm stored': ServerEvent<'alert'>;
  /** The link to the broker is up (again): desired state is published anew. */
  'broker connected': Record<string, never>;
  'broker lost': Record<string, never>;
  /** The broker dropped what a client may not publish; `count` times in the last second. */
  'publish refused': { clientId: string; topic: string; reason: string; count: number };
  /** Something to tell the consoles: goes out as a server-sent event as it is. */
  push: { [Name in ServerEventName]: { name: Name; data: ServerEvent<Name> } }[ServerEventName];
}

type Listener<Name extends keyof EventMap> = (event: EventMap[Name]) => void | Promise<void>;

/** Hands events to whoever asked for them. A listener that fails is logged and keeps nobody else from hearing. */
export class Events {
  readonly #listeners = new Map<keyof EventMap, Set<Listener<keyof EventMap>>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Returns the call that ends listening. */
  on<Name extends keyof EventMap>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener<keyof EventMap>);
    return () => listeners.delete(listener as Listener<keyof EventMap>);
  }

  emit<Name extends keyof EventMap>(name: Name, event: EventMap[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        Promise.resolve(listener(event)).catch((error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  #failed(name: keyof EventMap, error: unknown): void {
    this.#log.error({ event: 'listener-failed', of: name, err: error });
  }
}
