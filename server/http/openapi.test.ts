import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { type HealthProbes, healthRoute } from './health.ts';

let server: TrialServer;
let probes: HealthProbes;

beforeAll(async () => {
  server = await createTrialServer({
    routes: ({ clock }) => [
      healthRoute({
        version: '1.2.3',
        clock,
        probes: { database: () => probes.database(), broker: () => probes.broker(), clusters: () => probes.clusters() },
      }),
    ],
  });
});
afterAll(() => server.close());

const WELL: HealthProbes = { database: () => true, broker: () => true, clusters: () => ({ total: 15, online: 14 }) };

test('integrators read every call of the API from one document that holds together', async () => {
  const { body, status } = await request(server.app).get('/api/v1/openapi.json');
  expect(status).toBe(200);
  expect(body.openapi).toBe('3.1.1');
  const documented = Object.entries(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  for (const { method, path } of server.identity.routes) expect(documented).toContain(`${method} ${path.replace(/:(\w+)/g, '{$1}')}`);

  const ids = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap((item) =>
    Object.values(item).map((operation) => operation.operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);

  const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((found) => (found[1] ?? '').split('/'));
  expect(refs.length).toBeGreaterThan(0);
  for (const ref of refs) {
    let at: unknown = body;
    for (const step of ref) at = (at as Record<string, unknown>)[step];
    expect(at, ref.join('/')).toBeDefined();
  }

  for (const [path, item] of Object.entries(
    body.paths as Record<string, Record<string, { parameters?: { in: string; name: string; required?: boolean }[] }>>,
  )) {
    for (const operation of Object.values(item)) {
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path' && one.required).map((one) => one.name);
      expect(declared, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]));
    }
  }
});

test('what a call takes is documented as it is validated, and who may is said', async () => {
  const { body } = await request(server.app).get('/api/v1/openapi.json');
  const schema = body.paths['/users'].post.requestBody.content['application/json'].schema;
  expect(schema.required).toEqual(['username', 'password', 'role']);
  expect(schema.properties.role.enum).toContain('village-head');
  expect(body.paths['/users'].post.description).toContain('admin');
  expect(body.paths['/session'].post.security).toEqual([]);
  expect(body.paths['/session'].get.security).toEqual([{ session: [] }, { key: [] }]);
});

test('the same can be read as a page, without the internet', async () => {
  const answer = await request(server.app).get('/api/v1/docs');
  expect(answer.type).toBe('text/html');
  expect(answer.text).toContain('/api-keys/{id}');
  expect(answer.text).not.toMatch(/(src|href)="(https?:)?\/\//);
});

test('health is 200 while every part answers', async () => {
  probes = WELL;
  const answer = await request(server.app).get('/api/v1/health');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ status: 'ok', version: '1.2.3', database: 'ok', broker: 'ok', clusters: { total: 15, online: 14 } });
});

test.each<[string, Partial<HealthProbes>, object]>([
  ['the broker is lost', { broker: () => false }, { broker: 'down', database: 'ok' }],
  [
    'the database fails',
    { database: () => Promise.reject(new Error('disk')), clusters: () => Promise.reject(new Error('disk')) },
    { database: 'down', broker: 'ok' },
  ],
])('health is 503, and names the part, when %s', async (_what, broken, expected) => {
  probes = { ...WELL, ...broken };
  const answer = await request(server.app).get('/api/v1/health');
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ status: 'degraded', ...expected });
});

test('a part that hangs counts as down, and the watcher is answered all the same', async () => {
  const asked = new Promise<void>((resolve) => {
    probes = {
      ...WELL,
      broker: () => {
        resolve();
        return new Promise(() => undefined);
      },
    };
  });
  const answer = request(server.app)
    .get('/api/v1/health')
    .then((got) => got);
  await asked;
  server.clock.advance(2_000);
  expect((await answer).body).toMatchObject({ status: 'degraded', broker: 'down', database: 'ok' });
  expect(server.clock.armed).toBe(0);
});
