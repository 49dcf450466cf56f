import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { createBroker } from './broker/broker.ts';
import { answerClock } from './broker/clock-answerer.ts';
import { createLink } from './broker/link.ts';
import { Chores } from './chores.ts';
import { ensureWritable, type ServerConfig } from './config.ts';
import { createContent } from './content/content.ts';
import { Checkpoints } from './database/checkpoints.ts';
import { openDatabase } from './database/database.ts';
import { createDispatch, type Dispatch } from './dispatch/dispatch.ts';
import { Events } from './events.ts';
import { createDevicePort } from './fleet/device-port.ts';
import { createFleet } from './fleet/fleet.ts';
import { stationFile } from './fleet/station-file.ts';
import { createApplication } from './http/application.ts';
import { EventStream } from './http/events-stream.ts';
import { healthRoute } from './http/health.ts';
import { Listener } from './http/listener.ts';
import { createMetrics } from './http/metrics.ts';
import { createAuthority } from './identity/authority.ts';
import { createIdentity } from './identity/identity.ts';
import { createSigningKeys } from './identity/signing-keys.ts';
import { createOnair, type Onair } from './onair/onair.ts';
import { createRecords } from './records/records.ts';
import { createSchedule } from './schedule/schedule-service.ts';

/** Nights are the commune's. */
const STATION_TIME_ZONE = 'Asia/Ho_Chi_Minh';

export const VERSION = '0.1.0';

const CONSOLE_DIR = fileURLToPath(new URL('../console/dist', import.meta.url));
/** The reference commune: what a server is that was told of no other. */
const REFERENCE_STATION = fileURLToPath(new URL('../fleet/huong-dao.json', import.meta.url));

export interface ServerOptions {
  config: ServerConfig;
  clock: Clock;
  log: Logger;
  /** Describes the station, its villages and clusters; read at every start, it adds what is not there yet. */
  stationFile?: string;
}

export interface Started {
  /** As a browser on this machine opens the console. */
  url: string;
  httpPort: number;
  mqttPort: number;
  devicePort: number;
  /** The first administrator's password, when it was generated now. */
  password: string | undefined;
}

export interface Server {
  /** @throws CodedError `folder-not-writable`, `database-damaged`, `database-newer`, `port-busy` and the like: a sentence for a person */
  start(): Promise<Started>;
  stop(): Promise<void>;
}

/** One server, wired: what each part is given is all that it knows of the others. */
export function createServer(options: ServerOptions): Server {
  /** What was started, to be stopped in the opposite order. */
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        options.log.error({ event: 'stop-failed', err: error });
      }
    }
  };
  return {
    async start() {
      try {
        return await startServer(options, stops);
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

async function startServer({ config, clock, log, ...options }: ServerOptions, stops: (() => unknown)[]): Promise<Started> {
  const { dataDir, host } = config;
  const started = async <Part extends { start(): unknown; stop(): unknown }>(part: Part): Promise<Part> => {
    stops.push(() => part.stop());
    await part.start();
    return part;
  };
  await ensureWritable(dataDir);
  const db = await openDatabase({ file: config.databaseFile, log });
  stops.push(() => db.destroy());
  await started(new Checkpoints({ db, clock, log }));
  const events = new Events(log);
  const metrics = createMetrics({ version: VERSION });

  const identity = createIdentity({ db, clock, log });
  const { password } = await identity.ensureAdministrator({ password: config.adminPassword });
  const authority = await started(createAuthority({ dataDir, clock, log, host, publicHost: config.publicHost }));
  const signing = await started(createSigningKeys({ dataDir, clock, log }));

  const broker =
    config.brokerUrl === undefined
      ? await started(createBroker({ host, port: config.mqttPort, authority, clock, log, events }))
      : undefined;
  const brokerUrlFor = (name: string): string => config.brokerUrl ?? `mqtts://${bracketed(name)}:${broker?.port ?? config.mqttPort}`;
  const link = createLink({
    url: () => brokerUrlFor(isEverywhere(host) ? '127.0.0.1' : host),
    authority,
    clock,
    log,
    events,
    ...(broker ? { onSilent: () => broker.replace('silent') } : {}),
  });

  // Fleet, dispatch and on air know of each other; they are asked for when they are all there.
  let dispatch: Dispatch | undefined;
  let onair: Onair | undefined;
  const fleet = createFleet({
    db,
    clock,
    log,
    events,
    link,
    authority,
    signingKeys: signing,
    audit: identity,
    admission: broker,
    brokerUrl: () => brokerUrlFor(nameForDevices(config)),
    dispatch: () => present(dispatch),
    onair: () => present(onair),
  });
  if (options.stationFile !== undefined) await fleet.seed(readStation(options.stationFile));
  else if ((await fleet.clusters()).length === 0) await fleet.seed(readStation(REFERENCE_STATION));
  const content = await started(createContent({ db, clock, log, events, audit: identity, dataDir }));
  const schedule = createSchedule({ db, clock, log, events, content, fleet, audit: identity });
  const records = createRecords({ db, clock, log, events, link, fleet: () => fleet });
  dispatch = createDispatch({ db, clock, log, events, link, signing, fleet, schedule, records });
  onair = createOnair({ clock, log, events, link, fleet, schedule, dispatch, audit: identity });
  // The embedded broker answers by itself.
  if (!broker) answerClock({ link, clock, log });
  await started(fleet);
  await started(records);
  await started(dispatch);
  await started(onair);
  await started(link);
  await started(
    new Chores({
      timeZone: STATION_TIME_ZONE,
      log,
      chores: [
        { name: 'renew-plans', at: '7 * * * *', run: () => present(dispatch).renewPlans() },
        { name: 'forget-telemetry', at: '20 3 * * *', run: () => fleet.forgetTelemetry() },
      ],
    }),
  );
  const devicePort = await started(
    createDevicePort({
      host,
      port: config.devicePort,
      authority,
      enrolment: fleet.enrolment,
      isAdmitted: fleet.isAdmitted,
      content,
      clock,
      log,
    }),
  );

  const stream = new EventStream({ events, clock, log, authenticate: identity.authenticate });
  metrics.gauge({ name: 'tl_clusters', help: 'Clusters of the station', read: () => fleet.counts().total });
  metrics.gauge({ name: 'tl_clusters_online', help: 'Clusters that are connected', read: () => fleet.counts().online });
  metrics.gauge({ name: 'tl_broker_connected', help: '1 while the link to the broker is up', read: () => Number(link.connected) });
  const app = createApplication({
    routes: [
      healthRoute({
        version: VERSION,
        clock,
        probes: {
          database: async () => (await sql`select 1`.execute(db)).rows.length === 1,
          broker: () => link.connected,
          clusters: () => fleet.counts(),
        },
      }),
      stream.route,
      ...identity.routes,
      ...fleet.routes,
      ...content.routes,
      ...schedule.routes,
      ...onair.routes,
      ...records.routes,
    ],
    authenticate: identity.authenticate,
    clock,
    log,
    metrics,
    version: VERSION,
    consoleDir: CONSOLE_DIR,
  });
  const listener = await started(new Listener({ app, host, port: config.httpPort, variable: 'TL_HTTP_PORT', clock }));
  // Streams have no end of their own: they are ended before the listener waits for its answers.
  await started(stream);
  const ports = { httpPort: listener.port ?? config.httpPort, mqttPort: broker?.port ?? config.mqttPort, devicePort: devicePort.port };
  log.info({ event: 'server-started', version: VERSION, ...ports });
  return { url: listener.url, ...ports, password };
}

function present<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new CodedError('unavailable');
  return part;
}

/** Where a device finds this server: as it was told, else by the address, else by the machine's name. */
function nameForDevices({ host, publicHost }: ServerConfig): string {
  return publicHost ?? (isEverywhere(host) ? hostname() : host);
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function bracketed(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function readStation(file: string) {
  if (!existsSync(file)) throw new CodedError('station-file-invalid', { params: { file, reason: 'ENOENT' } });
  try {
    return stationFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new CodedError('station-file-invalid', {
      params: { file, reason: cause instanceof Error ? cause.message : String(cause) },
      cause,
    });
  }
}
