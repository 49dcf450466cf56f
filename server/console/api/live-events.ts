import { type ServerEvent, type ServerEventName, serverEvents } from '@tieng-lang/shared/contract/http/events';
import type { Clock, Timer } from '@tieng-lang/shared/time/clock';

/** The first wait before asking again; it doubles to the cap, with full jitter so that consoles do not return together. */
const RETRY_MS = 1_000;
const RETRY_CAP_MS = 20_000;
/** Shorter losses (a proxy that recycles its connections) are not worth a warning. */
const PATIENCE_MS = 2_500;

export type LiveStatus = 'connecting' | 'live' | 'lost';
type Handler = <Name extends ServerEventName>(name: Name, data: ServerEvent<Name>) => void;

interface LiveEventsOptions {
  clock: Clock;
  url: string;
  openSource: (url: string) => EventSource;
  /** A number in [0, 1). */
  random: () => number;
  onEvent: Handler;
  /** The stream is back after it was gone: what was missed must be fetched. */
  onReturn: () => void;
  /** The stream was refused, perhaps because the session has ended. */
  onRefused: () => void;
  onStrange: (name: ServerEventName, error: unknown) => void;
}

/** One stream of server-sent events a tab, opened again for as long as somebody is signed in. */
export class LiveEvents {
  readonly #options: LiveEventsOptions;
  readonly #listeners = new Set<() => void>();
  #source: EventSource | undefined;
  #retry: Timer | undefined;
  #patience: Timer | undefined;
  #failures = 0;
  #missed = false;
  #status: LiveStatus = 'connecting';

  constructor(options: LiveEventsOptions) {
    this.#options = options;
  }

  get status(): LiveStatus {
    return this.#status;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (!this.#source) this.#open();
  }

  stop(): void {
    this.#close();
    this.#retry?.cancel();
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#missed = false;
    this.#become('connecting');
  }

  #open(): void {
    this.#close();
    const source = this.#options.openSource(this.#options.url);
    this.#source = source;
    source.addEventListener('open', () => this.#opened());
    source.addEventListener('error', () => this.#failed(source));
    for (const name of Object.keys(serverEvents) as ServerEventName[]) {
      source.addEventListener(name, (event) => this.#take(name, event as MessageEvent<string>));
    }
  }

  #opened(): void {
    this.#failures = 0;
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#become('live');
    if (this.#missed) this.#options.onReturn();
    this.#missed = false;
  }

  #failed(source: EventSource): void {
    this.#missed = true;
    this.#patience ??= this.#options.clock.after(PATIENCE_MS, () => this.#become('lost'));
    this.#failures++;
    // The browser's own retry has no back-off and gives up for good on an HTTP error, so it is done here.
    const refused = source.readyState === source.CLOSED;
    this.#close();
    if (refused) this.#options.onRefused();
    const waitMs = Math.min(RETRY_CAP_MS, RETRY_MS * 2 ** (this.#failures - 1)) * (0.5 + this.#options.random() / 2);
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(waitMs, () => this.#open());
  }

  #take(name: ServerEventName, event: MessageEvent<string>): void {
    try {
      const data = serverEvents[name].parse(JSON.parse(event.data));
      this.#options.onEvent(name, data as ServerEvent<typeof name>);
    } catch (error) {
      this.#options.onStrange(name, error);
    }
  }

  #close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #become(status: LiveStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener();
  }
}
