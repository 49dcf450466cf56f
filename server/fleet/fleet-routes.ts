import { listOf, page } from '@tieng-lang/shared/contract/http/basics';
import {
  type Cluster,
  cluster,
  clusterPatch,
  enrolmentAnswer,
  enrolmentRequest,
  orderAnswer,
  station,
  telemetryAnswer,
  telemetryQuery,
  village,
} from '@tieng-lang/shared/contract/http/clusters';
import { CodedError } from '@tieng-lang/shared/errors';
import { type Clock, toIso } from '@tieng-lang/shared/time/clock';
import { toString as qrOf } from 'qrcode';
import { assertWithinArea } from '../http/area.ts';
import { type Actor, type Route, route } from '../http/route.ts';
import type { AuditService, DispatchService } from '../services.ts';
import type { ClusterDetail, ClusterStore } from './cluster-store.ts';
import type { Enrolment } from './enrolment.ts';
import type { TelemetryStore } from './telemetry-store.ts';

const TAG = 'Cụm loa';
/** A restart that comes later than this would surprise whoever is at work there by then. */
const RESTART_END_MS = 60_000;

export interface FleetRoutesOptions {
  clusters: ClusterStore;
  telemetry: TelemetryStore;
  enrolment: Enrolment;
  view: (detail: ClusterDetail) => Cluster;
  settingsChanged: (code: string) => void;
  revoke: (code: string, by: string) => Promise<void>;
  dispatch: () => Pick<DispatchService, 'order' | 'settled'>;
  audit: AuditService;
  clock: Clock;
}

export function fleetRoutes(options: FleetRoutesOptions): Route[] {
  const { clusters, telemetry, enrolment, view, dispatch, audit, clock } = options;

  /** @throws CodedError `not-found`, `outside-area` */
  async function detailFor(actor: Actor, code: string | undefined): Promise<ClusterDetail> {
    const detail = await clusters.detail(code ?? '');
    if (!detail) throw new CodedError('not-found');
    assertWithinArea(actor, [detail.code], [detail]);
    return detail;
  }

  return [
    route({
      method: 'get',
      path: '/station',
      tag: TAG,
      summary: 'Đài truyền thanh và các thôn',
      access: 'signed-in',
      answers: { 200: { description: 'Đài', schema: station } },
      async handle() {
        const found = await clusters.station();
        if (!found) throw new CodedError('not-found');
        return { status: 200, body: { ...found, villages: await clusters.villages() } };
      },
    }),
    route({
      method: 'get',
      path: '/villages',
      tag: TAG,
      summary: 'Các thôn',
      access: 'signed-in',
      answers: { 200: { description: 'Các thôn', schema: listOf(village) } },
      async handle() {
        return { status: 200, body: { items: await clusters.villages(), next: null } };
      },
    }),
    route({
      method: 'get',
      path: '/clusters',
      tag: TAG,
      summary: 'Các cụm loa, với tình trạng hiện tại',
      access: 'signed-in',
      query: page,
      answers: { 200: { description: 'Các cụm loa, theo mã', schema: listOf(cluster) } },
      async handle({ query }) {
        await dispatch().settled();
        const found = await clusters.details({ after: query.cursor, limit: query.limit + 1 });
        const items = found.slice(0, query.limit);
        return { status: 200, body: { items: items.map(view), next: found.length > items.length ? (items.at(-1)?.code ?? null) : null } };
      },
    }),
    route({
      method: 'get',
      path: '/clusters/:code',
      tag: TAG,
      summary: 'Một cụm loa',
      access: 'signed-in',
      answers: { 200: { description: 'Cụm loa', schema: cluster } },
      async handle({ params }) {
        await dispatch().settled();
        const detail = await clusters.detail(params.code ?? '');
        if (!detail) throw new CodedError('not-found');
        return { status: 200, body: view(detail) };
      },
    }),
    route({
      method: 'patch',
      path: '/clusters/:code',
      tag: TAG,
      summary: 'Đổi âm lượng hoặc độ trễ của một cụm loa',
      access: ['admin', 'technician', 'broadcaster'],
      body: clusterPatch,
      answers: { 200: { description: 'Cụm loa sau khi đổi', schema: cluster } },
      async handle({ actor, params, body }) {
        const { code } = await detailFor(actor, params.code);
        await clusters.change(code, body);
        await audit.audit(actor, 'cluster-changed', code, body);
        options.settingsChanged(code);
        return { status: 200, body: view(await detailFor(actor, code)) };
      },
    }),
    route({
      method: 'post',
      path: '/clusters/:code/revoke',
      tag: TAG,
      summary: 'Thu hồi thiết bị của một cụm loa (mất cắp, thay mới): bị ngắt ngay và không vào lại được',
      access: ['admin', 'technician'],
      answers: { 200: { description: 'Cụm loa, không còn thiết bị', schema: cluster } },
      async handle({ actor, params }) {
        const { code, deviceId } = await detailFor(actor, params.code);
        await options.revoke(code, actor.name);
        await audit.audit(actor, 'device-revoked', code, { deviceId });
        return { status: 200, body: view(await detailFor(actor, code)) };
      },
    }),
    route({
      method: 'post',
      path: '/clusters/:code/restart',
      tag: TAG,
      summary: 'Khởi động lại chương trình trên cụm loa',
      access: ['admin', 'technician'],
      answers: { 202: { description: 'Đã gửi lệnh', schema: orderAnswer } },
      async handle({ actor, params }) {
        const { code, deviceId } = await detailFor(actor, params.code);
        if (deviceId === null) throw new CodedError('no-device');
        const orders = await dispatch().order({ kind: 'restart' }, [code], clock.nowMs() + RESTART_END_MS);
        await audit.audit(actor, 'cluster-restarted', code);
        return { status: 202, body: { orderId: orders.get(code) ?? '' } };
      },
    }),
    route({
      method: 'post',
      path: '/enrolments',
      tag: TAG,
      summary: 'Tạo mã ghép dùng một lần cho thiết bị của một cụm loa',
      access: ['admin', 'technician'],
      body: enrolmentRequest,
      answers: { 201: { description: 'Mã ghép; chỉ hiện một lần', schema: enrolmentAnswer } },
      async handle({ actor, body }) {
        await detailFor(actor, body.cluster);
        const { code, expiresAtMs } = await enrolment.issueCode(body.cluster, actor.name);
        await audit.audit(actor, 'enrolment-code-issued', body.cluster);
        const qr = await qrOf(code, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
        return { status: 201, body: { code, expiresAt: toIso(expiresAtMs), qr }, headers: { 'Cache-Control': 'no-store' } };
      },
    }),
    route({
      method: 'get',
      path: '/telemetry/:code',
      tag: TAG,
      summary: 'Số đo của một cụm loa theo thời gian',
      access: 'signed-in',
      query: telemetryQuery,
      answers: { 200: { description: 'Các chuỗi số đo', schema: telemetryAnswer } },
      async handle({ params, query }) {
        const detail = await clusters.detail(params.code ?? '');
        if (!detail) throw new CodedError('not-found');
        const fromMs = Date.parse(query.from);
        const toMs = Date.parse(query.to);
        if (toMs <= fromMs) throw new CodedError('invalid-input', { faults: [{ path: 'to', message: 'must be after "from"' }] });
        const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / query.points));
        const series: Record<string, { at: string; mean: number; min: number; max: number }[]> = {};
        for (const { field, atMs, ...point } of await telemetry.series({
          cluster: detail.code,
          fields: query.fields,
          fromMs,
          toMs,
          stepMs,
        })) {
          series[field] ??= [];
          series[field].push({ at: toIso(atMs), ...point });
        }
        return { status: 200, body: { stepMs, series } };
      },
    }),
  ];
}
