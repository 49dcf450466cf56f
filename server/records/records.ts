import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { Route } from '../http/route.ts';
import type { BrokerLink, FleetService, RecordsService } from '../services.ts';
import { Absences } from './absences.ts';
import { JournalIntake } from './journal-intake.ts';
import { JournalStore } from './journal-store.ts';
import { PlayLogStore } from './play-log-store.ts';
import { recordsRoutes } from './records-routes.ts';

export interface RecordsOptions {
  db: Kysely<unknown>;
  clock: Clock;
  log: Logger;
  events: Events;
  link: BrokerLink;
  fleet: () => Pick<FleetService, 'online'>;
}

export interface Records extends RecordsService {
  readonly routes: Route[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What truly sounded: the journals of the clusters, held against what was expected of them. */
export function createRecords(options: RecordsOptions): Records {
  const { db, clock } = options;
  const store = new PlayLogStore({ db });
  const intake = new JournalIntake({ ...options, store: new JournalStore({ db }) });
  const absences = new Absences({ ...options, store });
  return {
    routes: recordsRoutes({ store }),
    async start() {
      intake.start();
      absences.start();
    },
    async stop() {
      absences.stop();
      intake.stop();
    },
    expectPlan: (cluster, fromMs, occurrences) => store.replacePlan(cluster, fromMs, occurrences, clock.nowMs()),
    expectBroadcast: (clusters, occurrence) => store.addBroadcast(clusters, occurrence, clock.nowMs()),
  };
}
