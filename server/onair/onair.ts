import type { OnairCluster } from '@tieng-lang/shared/contract/http/onair';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { Route } from '../http/route.ts';
import type { AuditService, BrokerLink, DispatchService, FleetService, OnairService, ScheduleService } from '../services.ts';
import { Broadcasts, LEAD_MS } from './broadcasts.ts';
import { Monitor } from './monitor.ts';
import { monitorRoutes } from './monitor-routes.ts';
import { onairRoutes } from './onair-routes.ts';
import { isSameState } from './onair-state.ts';

export interface OnairOptions {
  clock: Clock;
  log: Logger;
  events: Events;
  link: BrokerLink;
  fleet: FleetService;
  schedule: ScheduleService;
  dispatch: DispatchService;
  audit: AuditService;
  /** From "play" to the first sample, ms. */
  leadMs?: number;
}

export interface Onair extends OnairService {
  readonly routes: Route[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Play now, stop, what sounds where, and listening to it. */
export function createOnair(options: OnairOptions): Onair {
  return new CommuneOnair(options);
}

class CommuneOnair implements Onair {
  readonly routes: Route[];
  readonly #options: OnairOptions;
  readonly #broadcasts: Broadcasts;
  readonly #monitor: Monitor;
  /** What the consoles were told last. */
  readonly #told = new Map<string, OnairCluster>();
  readonly #endListening: (() => void)[] = [];

  constructor(options: OnairOptions) {
    this.#options = options;
    const { clock, log, fleet, dispatch, leadMs = LEAD_MS } = options;
    this.#broadcasts = new Broadcasts({ ...options, leadMs });
    this.#monitor = new Monitor({
      clock,
      log,
      order: async (cluster, untilMs) => {
        if (fleet.online(cluster)) await dispatch.order({ kind: 'monitor', untilMs }, [cluster], untilMs);
      },
    });
    this.routes = [...onairRoutes(this.#broadcasts), ...monitorRoutes({ monitor: this.#monitor, fleet, clock, log })];
  }

  async start(): Promise<void> {
    const { events, link } = this.#options;
    link.handle('monitor', (from, payload) => this.#monitor.receive(from.cluster, payload));
    const tell = ({ cluster }: { cluster: string }) => this.#tell(cluster);
    this.#endListening.push(events.on('cluster changed', tell), events.on('order changed', tell));
  }

  async stop(): Promise<void> {
    for (const end of this.#endListening.splice(0)) end();
    this.#monitor.stop();
  }

  cluster(code: string): OnairCluster {
    return this.#broadcasts.cluster(code);
  }

  #tell(code: string): void {
    const state = this.cluster(code);
    if (isSameState(this.#told.get(code), state)) return;
    this.#told.set(code, state);
    this.#options.events.emit('push', { name: 'onair', data: state });
  }
}
