import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { Route } from '../http/route.ts';
import type { AuditService, ContentService, FleetService, ScheduleService } from '../services.ts';
import { Composer } from './composer.ts';
import { occurrenceRoutes } from './occurrence-routes.ts';
import { programmeRoutes } from './programme-routes.ts';
import { ProgrammeStore } from './programme-store.ts';
import { Programmes } from './programmes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { ScheduleStore } from './schedule-store.ts';
import { Schedules } from './schedules.ts';

export interface ScheduleOptions {
  db: Kysely<unknown>;
  clock: Clock;
  log: Logger;
  events: Events;
  content: ContentService;
  fleet: FleetService;
  audit: AuditService;
}

/** Programmes, schedules and what they come to. Holds no state beside the database. */
export function createSchedule(options: ScheduleOptions): ScheduleService & { routes: Route[] } {
  const { db, clock, log, events, content, fleet, audit } = options;
  const programmeStore = new ProgrammeStore({ db });
  const store = new ScheduleStore({ db });
  const composer = new Composer({ content, programmes: programmeStore });
  const programmes = new Programmes({ store: programmeStore, schedules: store, composer, clock, events, audit });
  const schedules = new Schedules({ store, composer, fleet, clock, log, events, audit });
  return {
    routes: [...programmeRoutes(programmes), ...scheduleRoutes(schedules), ...occurrenceRoutes(schedules)],
    occurrences: (fromMs, untilMs) => schedules.occurrences(fromMs, untilMs),
    compose: (what) => composer.compose(what),
  };
}
