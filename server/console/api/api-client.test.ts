import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { ApiClient } from './api-client.ts';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let client: ApiClient;
const clock = new ManualClock(0);

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new ApiClient({ clock, language: () => 'vi', fetch: (path, init) => fetch(`${base}${String(path)}`, init) });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const thing = z.object({ id: z.string() });
function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

test('a refusal arrives with its code, the sentence in the person’s language, and the faulty fields', async () => {
  answer = (request, response) => {
    expect(request.headers['accept-language']).toBe('vi');
    const problem = { type: 'about:blank', title: 'Unprocessable', status: 422, code: 'invalid-input', detail: 'Chưa đúng.' };
    json(response, 422, { ...problem, errors: [{ path: 'title', message: 'trống' }] });
  };
  await expect(client.get('/things', thing)).rejects.toMatchObject({
    code: 'invalid-input',
    detail: 'Chưa đúng.',
    faults: [{ path: 'title', message: 'trống' }],
  });
});

test('unsafe requests carry the session’s token, and none after the sign-out', async () => {
  const tokens: unknown[] = [];
  answer = (request, response) => {
    tokens.push(request.headers['x-csrf-token']);
    json(response, 200, { id: 'a' });
  };
  client.csrfToken = 'secret';
  await client.send('POST', '/things', {}, thing);
  client.csrfToken = undefined;
  await client.send('POST', '/things', {}, thing);
  expect(tokens).toEqual(['secret', undefined]);
});

test('an answer of another shape is refused at the door, not met on a page', async () => {
  answer = (_, response) => json(response, 200, { id: 7 });
  await expect(client.get('/things', thing)).rejects.toMatchObject({ code: 'answer-not-understood' });
});

test('the HTML page of a proxy becomes "unavailable"', async () => {
  answer = (_, response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
  await expect(client.get('/things', thing)).rejects.toMatchObject({ code: 'unavailable', status: 502 });
});

test('a list is fetched page by page to its end', async () => {
  answer = (request, response) => {
    const cursor = new URL(request.url ?? '', 'http://x').searchParams.get('cursor');
    json(response, 200, cursor === null ? { items: [{ id: 'a' }], next: 'n1' } : { items: [{ id: cursor }], next: null });
  };
  await expect(client.all('/things', thing)).resolves.toEqual({ items: [{ id: 'a' }, { id: 'n1' }], complete: true });
});

test('a list without end is cut, and says so', async () => {
  answer = (_, response) => json(response, 200, { items: [{ id: 'a' }], next: 'more' });
  const list = await client.all('/things', thing);
  expect(list.complete).toBe(false);
  expect(list.items).toHaveLength(10);
});

test('a server that never answers is given up after 20 seconds', async () => {
  const asked = new Promise<void>((resolve) => {
    answer = () => resolve();
  });
  const failed = expect(client.get('/things', thing)).rejects.toMatchObject({ code: 'timeout' });
  await asked;
  clock.advance(20_000);
  await failed;
});

test('a server that is not there is "network"', async () => {
  const gone = new ApiClient({ clock, language: () => 'vi', fetch: () => fetch('http://127.0.0.1:1/') });
  await expect(gone.get('/things', thing)).rejects.toMatchObject({ code: 'network' });
});
