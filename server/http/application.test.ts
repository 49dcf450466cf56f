import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { title } from '@tieng-lang/shared/contract/basics';
import { role } from '@tieng-lang/shared/contract/http/identity';
import { CodedError } from '@tieng-lang/shared/errors';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { type Route, route } from './route.ts';
import { bySpecificity } from './route-order.ts';

const answers = { 200: { description: 'ok' } };
const SAMPLE: Route[] = [
  route({
    method: 'post',
    path: '/sample/bulletins',
    tag: 'sample',
    summary: '',
    access: ['editor', 'broadcaster'],
    query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
    body: z.strictObject({ title, items: z.array(z.strictObject({ bulletinId: z.string() })).default([]) }),
    answers,
    handle: ({ body, query, actor }) => ({ status: 201, body: { ...body, limit: query.limit, by: actor.name } }),
  }),
  route({
    method: 'get',
    path: '/sample/:id',
    tag: 'sample',
    summary: '',
    access: 'signed-in',
    answers,
    handle: ({ params }) => ({ status: 200, body: params }),
  }),
  route({
    method: 'get',
    path: '/sample/check',
    tag: 'sample',
    summary: '',
    access: 'anyone',
    answers,
    handle: () => ({ status: 200, body: { check: true } }),
  }),
  route({
    method: 'get',
    path: '/sample/fails',
    tag: 'sample',
    summary: '',
    access: 'anyone',
    answers,
    handle: () => {
      throw new Error('SELECT password_hash FROM users');
    },
  }),
  route({
    method: 'get',
    path: '/sample/coded',
    tag: 'sample',
    summary: '',
    access: 'anyone',
    answers,
    handle: () => Promise.reject(new CodedError('not-approved', { params: { title: 'Tiêm phòng' } })),
  }),
];

let server: TrialServer;
let editor: string;
let records: string[];
let consoleDir: string;

beforeAll(async () => {
  records = [];
  consoleDir = await mkdtemp(path.join(tmpdir(), 'tl-console-'));
  server = await createTrialServer({ routes: () => SAMPLE, consoleDir, records: { write: (line) => void records.push(line) } });
  editor = await server.bearer('editor');
});
afterAll(async () => {
  await server.close();
  await rm(consoleDir, { recursive: true, force: true });
});

const post = (body?: string | object, type = 'application/json') => {
  const asked = request(server.app).post('/api/v1/sample/bulletins').set('Authorization', editor).set('Content-Type', type);
  return body === undefined ? asked : asked.send(body);
};

test('what is valid reaches the handler as its schema reads it', async () => {
  const answer = await request(server.app)
    .post('/api/v1/sample/bulletins?limit=7&unknown=1')
    .set('Authorization', editor)
    .send({ title: 'Tiêm phòng' });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({ title: 'Tiêm phòng', items: [], limit: 7, by: 'trial editor' });
});

test.each<[string, () => request.Test, number, string]>([
  ['an unknown address', () => request(server.app).get('/api/v1/nothing'), 404, 'not-found'],
  ['an unknown version', () => request(server.app).get('/api/v2/health'), 404, 'not-found'],
  ['an address that is no text', () => request(server.app).get('/api/v1/sample/%E0%A4%A').set('Authorization', editor), 404, 'not-found'],
  ['a method that is not taken', () => request(server.app).delete('/api/v1/sample/bulletins'), 405, 'method-not-allowed'],
  ['no sign-in', () => request(server.app).get('/api/v1/sample/x'), 401, 'not-signed-in'],
  ['a key that nobody has', () => request(server.app).get('/api/v1/sample/x').set('Authorization', 'Bearer tl_x'), 401, 'not-signed-in'],
  ['broken JSON', () => post('{"title":'), 400, 'invalid-json'],
  ['a body that is not JSON', () => post('title=x', 'application/x-www-form-urlencoded'), 415, 'unsupported-media-type'],
  ['an unknown charset', () => post('{}', 'application/json; charset=x-none'), 415, 'unsupported-media-type'],
  ['a body over a megabyte', () => post({ title: 'x'.repeat(1024 * 1024) }), 413, 'body-too-large'],
  ['no body', () => post(), 422, 'invalid-input'],
  [
    'a wrong query',
    () => request(server.app).post('/api/v1/sample/bulletins?limit=11').set('Authorization', editor).send({ title: 'x' }),
    422,
    'invalid-input',
  ],
  ['an error of the table', () => request(server.app).get('/api/v1/sample/coded'), 409, 'not-approved'],
  ['anything else', () => request(server.app).get('/api/v1/sample/fails'), 500, 'internal'],
])('%s is answered as a problem that programs and people can read', async (_what, ask, status, code) => {
  const answer = await ask();
  expect(answer.type).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ status, code, title: expect.any(String), detail: expect.any(String) });
  expect(answer.status).toBe(status);
});

test('each fault of an input is named by its path, in the language of the caller', async () => {
  const wrong = { title: '', items: [{ bulletinId: 7 }], extra: true };
  const vi = await post(wrong);
  expect(vi.body.errors.map((fault: { path: string }) => fault.path)).toEqual(['title', 'items.0.bulletinId', 'extra']);
  expect(vi.body.errors[0].message).toBe('Không được để trống');
  expect(vi.body.errors[2].message).toBe('Không có trường này');
  const en = await post(wrong).set('Accept-Language', 'en-GB,en;q=0.9,vi;q=0.5');
  expect(en.body.errors[0].message).toBe('must not be blank');
  expect(en.body.detail).toContain('not valid');
  const missing = await post({});
  expect(missing.body.errors).toEqual([{ path: 'title', message: 'Bắt buộc phải có' }]);
});

test('an unexpected failure tells the caller a reference and nothing else, and the record holds the rest', async () => {
  const answer = await request(server.app).get('/api/v1/sample/fails');
  const requestId = answer.get('X-Request-Id') ?? 'none';
  expect(answer.body.detail).toContain(requestId);
  expect(answer.text).not.toContain('password_hash');
  expect(records.some((line) => line.includes('request-failed') && line.includes(requestId) && line.includes('password_hash'))).toBe(true);
});

test('a method that is not taken is answered with those that are', async () => {
  const answer = await request(server.app).put('/api/v1/sample/bulletins');
  expect(answer.get('Allow')).toBe('POST');
});

test('a fixed address wins over one with a parameter, in whatever order features name them', async () => {
  expect((await request(server.app).get('/api/v1/sample/check')).body).toEqual({ check: true });
  expect((await request(server.app).get('/api/v1/sample/other').set('Authorization', editor)).body).toEqual({ id: 'other' });
  expect(() => bySpecificity([...SAMPLE, ...SAMPLE])).toThrow('two routes');
});

test('every route is closed to strangers and to roles it does not name, unless it says that it is open', async () => {
  const routes = [...server.identity.routes, ...SAMPLE];
  const keys = new Map<string, string>();
  for (const name of role.options) keys.set(name, await server.bearer(name));
  for (const { method, path, access } of routes) {
    if (access === 'anyone') continue;
    const address = `/api/v1${path.replace(/:\w+/g, 'x')}`;
    expect((await request(server.app)[method](address)).status, `${method} ${path} without sign-in`).toBe(401);
    for (const [name, key] of keys) {
      const { status, body } = await request(server.app)[method](address).set('Authorization', key);
      const open = access === 'signed-in' || name === 'admin' || access.includes(name as never);
      if (open) expect(status, `${method} ${path} as ${name}`).not.toBe(401);
      else expect([status, body.code], `${method} ${path} as ${name}`).toEqual([403, 'forbidden']);
    }
  }
});

test('the console that was not built says how to build it; built, each of its addresses opens it', async () => {
  const page = (address: string) => request(server.app).get(address).set('Accept', 'text/html');
  const missing = await page('/');
  expect(missing.status).toBe(503);
  expect(missing.text).toContain('npm run build');

  await mkdir(path.join(consoleDir, 'assets'));
  await writeFile(path.join(consoleDir, 'index.html'), '<title>Bảng điều khiển</title>');
  await writeFile(path.join(consoleDir, 'assets', 'index-abc123.js'), 'export {}');
  for (const address of ['/', '/thu-vien', '/lich-phat/2026']) {
    const answer = await page(address);
    expect([answer.status, answer.get('Cache-Control')], address).toEqual([200, 'no-cache']);
    expect(answer.text).toContain('Bảng điều khiển');
  }
  expect((await page('/assets/index-abc123.js')).get('Cache-Control')).toContain('immutable');
  expect((await page('/assets/gone.js')).body).toMatchObject({ code: 'not-found' });
  expect((await request(server.app).get('/thu-vien').set('Accept', 'application/json')).body).toMatchObject({ code: 'not-found' });
  expect((await page('/%2e%2e/%2e%2e/etc/passwd')).text).not.toContain('root:');
});

test('no page of another site can frame the console or run scripts in it, and plain HTTP keeps working', async () => {
  const { headers } = await request(server.app).get('/').set('Accept', 'text/html');
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';");
  expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
  expect(headers['strict-transport-security']).toBeUndefined();
  expect(headers['x-powered-by']).toBeUndefined();
});

test('records hold no query, since it may hold a key', async () => {
  await request(server.app).get('/api/v1/sample/check?key=tl_secret');
  expect(records.join('')).toContain('/sample/check');
  expect(records.join('')).not.toContain('tl_secret');
});

test('the metrics are for this machine and for who signs in, and tell how long each route took', async () => {
  const own = await request(server.app).get('/metrics');
  expect(own.status).toBe(200);
  expect(own.text).toContain('tl_http_request_duration_seconds_count{method="GET",route="/sample/check",status="200"}');
  expect(own.text).toContain('nodejs_eventloop_lag_seconds');
  const forwarded = await request(server.app).get('/metrics').set('X-Forwarded-For', '203.0.113.5');
  expect(forwarded.status).toBe(401);
  const withKey = await request(server.app).get('/metrics').set('X-Forwarded-For', '203.0.113.5').set('Authorization', editor);
  expect(withKey.status).toBe(200);
});
