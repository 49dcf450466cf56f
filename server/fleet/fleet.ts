import type { SigningKey } from '@tieng-lang/shared/contract/enrolment';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Link } from '../broker/link.ts';
import type { Events } from '../events.ts';
import type { Route } from '../http/route.ts';
import type {
  AdmittedDevice,
  AuditService,
  AuthorityService,
  DeviceAdmission,
  DispatchService,
  FleetService,
  OnairService,
} from '../services.ts';
import { ClusterPush } from './cluster-push.ts';
import { ClusterReports } from './cluster-reports.ts';
import { type ClusterDetail, ClusterStore } from './cluster-store.ts';
import { viewOfCluster } from './cluster-view.ts';
import { DeviceStore } from './device-store.ts';
import { Enrolment } from './enrolment.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { StateStore } from './state-store.ts';
import type { StationFile } from './station-file.ts';
import { resolveTargets } from './targets.ts';
import { TelemetryStore } from './telemetry-store.ts';

export interface FleetOptions {
  db: Kysely<unknown>;
  clock: Clock;
  log: Logger;
  events: Events;
  link: Pick<Link, 'handle' | 'observe'>;
  authority: Pick<AuthorityService, 'certificate' | 'pin' | 'issue' | 'keyOf'>;
  signingKeys: { publicKeys(): SigningKey[] };
  audit: AuditService;
  /** Who lets devices in; undefined with an external broker, which has lists of its own. */
  admission: DeviceAdmission | undefined;
  /** `mqtts://host:port`, as devices reach the broker. */
  brokerUrl: () => string;
  /** Made after the fleet, so asked for when needed. */
  dispatch: () => Pick<DispatchService, 'order' | 'desiredPlanVersion' | 'settled'>;
  onair: () => OnairService;
}

export interface Fleet extends FleetService {
  readonly routes: Route[];
  /** Adds the station, villages, clusters and speakers that are not there yet. */
  seed(station: StationFile): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Drops telemetry that is past its term. */
  forgetTelemetry(): Promise<void>;
  /** For `GET /health` and the metrics. */
  counts(): { total: number; online: number };
  /** For the device port. */
  readonly enrolment: Enrolment;
  isAdmitted(device: AdmittedDevice): Promise<boolean>;
}

/** The station's clusters and their devices: who they are, who may speak for them, who is there. */
export function createFleet(options: FleetOptions): Fleet {
  const { db, clock, log, events, link, authority, signingKeys, audit, admission, brokerUrl, dispatch, onair } = options;
  const clusters = new ClusterStore({ db });
  const devices = new DeviceStore({ db });
  const telemetry = new TelemetryStore({ db });
  let stationCode: string | undefined;

  const station = (): string => {
    if (stationCode === undefined) throw new CodedError('unavailable');
    return stationCode;
  };
  const reports = new ClusterReports({
    link,
    states: new StateStore({ db }),
    telemetry,
    events,
    clock,
    log,
    station: () => stationCode ?? '',
  });

  const view = (detail: ClusterDetail): Cluster =>
    viewOfCluster({
      detail,
      presence: reports.presence.record(detail.code),
      health: reports.health(detail.code),
      desiredPlanVersion: dispatch().desiredPlanVersion(detail.code),
      playing: onair().cluster(detail.code),
      // Alerts as states of their own come with their issue; until then a cluster has none.
      openAlerts: 0,
    });
  const push = new ClusterPush({
    events,
    clock,
    log,
    view: async (code) => {
      const detail = await clusters.detail(code);
      return detail && view(detail);
    },
  });

  async function deviceChanged(cluster: string): Promise<void> {
    await admission?.updateDevices(await devices.admitted());
    events.emit('device changed', { cluster });
    events.emit('cluster changed', { cluster });
  }

  async function reload(): Promise<void> {
    stationCode = (await clusters.station())?.code;
    reports.know((await clusters.clusters()).map(({ code }) => code));
  }

  const enrolment = new Enrolment({
    devices,
    authority,
    signingKeys: () => signingKeys.publicKeys(),
    brokerUrl,
    station,
    cluster: (code) => clusters.detail(code),
    onEnrolled: deviceChanged,
    clock,
    log,
  });

  return {
    get station() {
      return station();
    },
    enrolment,
    routes: fleetRoutes({
      clusters,
      telemetry,
      enrolment,
      view,
      dispatch,
      audit,
      clock,
      settingsChanged: (cluster) => {
        events.emit('cluster settings changed', { cluster });
        events.emit('cluster changed', { cluster });
      },
      revoke: async (cluster, by) => {
        if ((await devices.revoke(cluster, by, clock.nowMs())) === undefined) throw new CodedError('no-device');
        await deviceChanged(cluster);
      },
    }),
    async seed(file) {
      await clusters.seed(file);
      await reload();
    },
    async start() {
      await reload();
      await reports.start();
      push.start();
      await admission?.updateDevices(await devices.admitted());
    },
    async stop() {
      push.stop();
      await reports.stop();
    },
    forgetTelemetry: () => reports.forget(),
    counts: () => ({ total: reports.total, online: reports.presence.onlineCount }),
    isAdmitted: (device) => devices.isAdmitted(device),
    clusters: () => clusters.clusters(),
    async resolve(targets) {
      return resolveTargets(targets, { clusters: await clusters.clusters(), villages: await clusters.villages() });
    },
    online: (cluster) => reports.presence.online(cluster),
  };
}
