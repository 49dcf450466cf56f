import { serverHealth } from '@tieng-lang/shared/contract/http/clusters';
import { type Clock, sleep } from '@tieng-lang/shared/time/clock';
import { type Route, route } from './route.ts';

/** A part that has not answered by then counts as down: whoever watches us must not wait with us. */
const PROBE_TIMEOUT_MS = 2_000;

export interface HealthProbes {
  database(): boolean | Promise<boolean>;
  broker(): boolean | Promise<boolean>;
  clusters(): { total: number; online: number } | Promise<{ total: number; online: number }>;
}

/** `GET /health`: 200 while every part answers, 503 with the same body otherwise. */
export function healthRoute(options: { version: string; clock: Clock; probes: HealthProbes }): Route {
  const { version, clock, probes } = options;

  async function probe<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer | undefined> {
    const end = new AbortController();
    const late = sleep(clock, PROBE_TIMEOUT_MS, end.signal).then(
      () => undefined,
      () => undefined,
    );
    const asked = Promise.resolve()
      .then(ask)
      .catch(() => undefined);
    const answer = await Promise.race([asked, late]);
    end.abort();
    return answer;
  }

  return route({
    method: 'get',
    path: '/health',
    tag: 'Hệ thống',
    summary: 'Tình trạng máy chủ',
    access: 'anyone',
    answers: {
      200: { description: 'Mọi bộ phận hoạt động', schema: serverHealth },
      503: { description: 'Có bộ phận không hoạt động', schema: serverHealth },
    },
    async handle() {
      const [database, broker, clusters] = await Promise.all([probe(probes.database), probe(probes.broker), probe(probes.clusters)]);
      const well = database === true && broker === true && clusters !== undefined;
      return {
        status: well ? 200 : 503,
        body: {
          status: well ? 'ok' : 'degraded',
          version,
          database: database ? 'ok' : 'down',
          broker: broker ? 'ok' : 'down',
          clusters: clusters ?? { total: 0, online: 0 },
        },
      };
    },
  });
}
