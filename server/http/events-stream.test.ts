import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Events } from '../events.ts';
import { IDLE_MS } from '../identity/sessions.ts';
import { ADMIN_PASSWORD, createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { EventStream } from './events-stream.ts';
import { Listener } from './listener.ts';

const log = pino({ level: 'silent' });
let server: TrialServer;
let stream: EventStream;
let events: Events;
let listener: Listener;

beforeEach(async () => {
  events = new Events(log);
  server = await createTrialServer({
    routes: ({ identity, clock }) => {
      stream = new EventStream({ events, clock, log, authenticate: identity.authenticate });
      return [stream.route];
    },
  });
  stream.start();
  listener = new Listener({ app: server.app, host: '127.0.0.1', port: 0, variable: 'TL_HTTP_PORT', clock: new SystemClock() });
  await listener.start();
});
afterEach(async () => {
  stream.stop();
  await listener.stop();
  await server.close();
});

/** An open page: it keeps what it was sent until somebody asks for it. */
class Page {
  readonly response: IncomingMessage;
  #text = '';

  constructor(response: IncomingMessage) {
    this.response = response.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk;
    });
  }

  /** All up to and with what is awaited. */
  async until(awaited: string): Promise<string> {
    while (!this.#text.includes(awaited)) await once(this.response, 'data');
    const end = this.#text.indexOf(awaited) + awaited.length;
    const text = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return text;
  }
}

async function ask(headers: Record<string, string>): Promise<IncomingMessage> {
  const [response] = (await once(get(`${listener.url}/api/v1/events`, { headers }), 'response')) as [IncomingMessage];
  return response;
}

/** A page that has heard the first line, so that it hears all that comes. */
async function open(headers: Record<string, string>): Promise<Page> {
  const page = new Page(await ask(headers));
  await page.until('retry: 3000\n\n');
  return page;
}

async function signIn(): Promise<string> {
  const answer = await fetch(`${listener.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
  });
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

const playing = { code: 'HD-01', state: 'playing', title: 'Tin sáng\nhai dòng' } as const;

test('an open page hears at once what a cluster sounds, by cookie and by key', async () => {
  const pages = [await open({ cookie: await signIn() }), await open({ authorization: await server.bearer('viewer') })];
  events.emit('push', { name: 'onair', data: playing });
  for (const page of pages) {
    expect(page.response.headers['content-type']).toBe('text/event-stream');
    expect(await page.until('\n\n')).toBe(`event: onair\ndata: ${JSON.stringify(playing)}\n\n`);
  }
});

test('nobody listens without signing in', async () => {
  expect((await ask({})).statusCode).toBe(401);
  expect(stream.clients).toBe(0);
});

test('a quiet stream beats, so that no proxy drops it', async () => {
  const page = await open({ authorization: await server.bearer('viewer') });
  server.clock.advance(15_000);
  await page.until(': \n\n');
});

test('a stream ends with its session, and an open page alone does not keep the session alive', async () => {
  const page = await open({ cookie: await signIn() });
  const ended = once(page.response, 'end');
  server.clock.step(IDLE_MS / 2);
  server.clock.advance(15_000);
  await page.until(': \n\n');
  server.clock.step(IDLE_MS / 2);
  server.clock.advance(15_000);
  await ended;
  expect(stream.clients).toBe(0);
});

test('a page that does not read is cut off, and the others hear on', async () => {
  const reading = await open({ authorization: await server.bearer('viewer') });
  const frozen = await open({ authorization: await server.bearer('viewer') });
  frozen.response.pause();
  const title = 'x'.repeat(256 * 1024);
  // The kernel's buffers take some megabytes before ours begins to fill.
  for (let positionMs = 1; positionMs <= 400 && stream.clients === 2; positionMs++) {
    events.emit('push', { name: 'onair', data: { ...playing, title, positionMs } });
    await reading.until(`"positionMs":${positionMs}}`);
  }
  expect(stream.clients).toBe(1);
  events.emit('push', { name: 'onair', data: { code: 'HD-15', state: 'silent' } });
  await reading.until('HD-15');
  frozen.response.destroy();
});

test('stopping ends every stream and leaves no timer', async () => {
  const page = await open({ authorization: await server.bearer('viewer') });
  const ended = once(page.response, 'end');
  stream.stop();
  await ended;
  expect(server.clock.armed).toBe(0);
  expect((await ask({ authorization: await server.bearer('viewer') })).statusCode).toBe(503);
});
