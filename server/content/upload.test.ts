import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Media } from '@tieng-lang/shared/contract/http/content';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Events } from '../events.ts';
import { Listener } from '../http/listener.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { type Content, createContent } from './content.ts';
import { ContentTrial } from './content-trial.ts';
import { SampleSounds } from './sound/sample-sounds.ts';

const MB = 1024 * 1024;
const clock = new SystemClock();
const log = pino({ level: 'silent' });
const events = new Events(log);
const pushed: { name: string; data: unknown }[] = [];
events.on('push', (push) => void pushed.push(push));

let folder: string;
let samples: SampleSounds;
let content: Content;
let server: TrialServer;
let listener: Listener;
let trial: ContentTrial;
/** Who brings recordings, and one who may only look. */
let lan: string;
let viewer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tieng-lang-upload-'));
  samples = new SampleSounds(folder);
  server = await createTrialServer({
    routes: ({ db, identity }) => {
      content = createContent({ db, clock, log, events, audit: identity, dataDir: join(folder, 'data') });
      return content.routes;
    },
  });
  await content.start();
  listener = new Listener({ app: server.app, host: '127.0.0.1', port: 0, variable: 'TL_HTTP_PORT', clock });
  await listener.start();
  trial = new ContentTrial({ url: listener.url, events });
  lan = await server.bearer('broadcaster');
  viewer = await server.bearer('viewer');
});

afterAll(async () => {
  await content.stop();
  await listener.stop();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const call: ContentTrial['call'] = (...args) => trial.call(...args);
const upload = (bytes: Uint8Array, name: string, who = lan) => trial.upload(who, bytes, name);
const settled = (mediaId: string) => trial.settled(lan, mediaId);

describe('a recording from a phone', () => {
  test('is taken at once, made ready, and heard as it will sound', async () => {
    const file = await samples.speech('thong bao.m4a', { seconds: 3, output: ['-c:a', 'aac'] });
    const accepted = await upload(await readFile(file), 'Thông báo họp thôn.m4a'.normalize('NFD'));
    expect(accepted.status).toBe(202);
    expect(accepted.body).toEqual({ id: accepted.body.id, state: 'processing' });
    const media = await settled(accepted.body.id);
    expect(media).toMatchObject({
      title: 'Thông báo họp thôn'.normalize('NFC'),
      state: 'ready',
      progress: 1,
      warning: null,
      refusal: null,
    });
    expect(media.loudnessLufs).toBeCloseTo(-16, 0);
    const sound = await content.soundFile(media.sha256 ?? '');
    expect(sound?.bytes).toBe(media.bytes);
    expect(pushed.some(({ name, data }) => name === 'media' && (data as Media).id === media.id && (data as Media).progress < 1)).toBe(true);

    const audio = await trial.raw(viewer, `/media/${media.id}/audio`, { headers: { range: 'bytes=0-3' } });
    expect([audio.status, audio.headers.get('content-type'), await audio.text()]).toEqual([206, 'audio/ogg; codecs=opus', 'OggS']);
    expect(audio.headers.get('content-range')).toBe(`bytes 0-3/${media.bytes}`);
    const beyond = await trial.raw(viewer, `/media/${media.id}/audio`, { headers: { range: 'bytes=99999999-' } });
    expect([beyond.status, ((await beyond.json()) as { code: string }).code]).toEqual([416, 'range-not-satisfiable']);
    const { body: waveform } = await call<{ peaks: number[]; durationMs: number }>(viewer, 'GET', `/media/${media.id}/waveform`);
    expect(waveform.durationMs).toBe(media.durationMs);
    expect(Math.max(...waveform.peaks)).toBeGreaterThan(0.05);
  });

  test('is refused with a reason that a person understands, in their language', async () => {
    const { body } = await upload(Buffer.from('Kính gửi bà con'.repeat(100)), 'thong-bao.mp3');
    const { refusal } = await settled(body.id);
    expect(refusal).toMatchObject({ code: 'media-not-audio', message: expect.stringContaining('không phải âm thanh') });
    const { body: english } = await call<Media>(lan, 'GET', `/media/${body.id}`, undefined, 'en');
    expect(english.refusal?.message).toContain('no audio');
    expect((await call(lan, 'GET', `/media/${body.id}/audio`)).body.code).toBe('media-not-ready');
  });

  test('that was cut off says in words what was lost', async () => {
    const whole = await samples.speech('dai.mp3', { seconds: 20, output: ['-q:a', '4'] });
    const cut = await samples.cut('cut.mp3', whole, 0.4);
    const { warning, state } = await settled((await upload(await readFile(cut), 'cut.mp3')).body.id);
    expect(state).toBe('ready');
    expect(warning).toMatch(/^Tệp bị cắt cụt: ghi là dài 0:20 nhưng chỉ đọc được 0:0\d đầu/);
  });

  test('that holds nothing is refused in words, as every other file that is no sound', async () => {
    const { state, refusal } = await settled((await upload(new Uint8Array(), 'rong.mp3')).body.id);
    expect(state).toBe('refused');
    expect(refusal).toEqual({ code: 'media-empty', message: 'Tệp rỗng, không có âm thanh.' });
  });

  test.each([
    ['a form without the file', 422, 'media-missing-file', () => call(lan, 'POST', '/media', new FormData())],
    ['JSON instead of a form', 415, 'unsupported-media-type', () => call(lan, 'POST', '/media', { file: 'x' })],
    ['somebody who may only look', 403, 'forbidden', () => upload(Buffer.from('x'), 'x.mp3', viewer)],
  ])('%s is refused at the door', async (_, status, code, send) => {
    const answer = await send();
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('whose sender vanishes leaves nothing behind', async () => {
    const socket = connect(listener.port ?? 0, '127.0.0.1');
    const head = `POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: ${lan}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n';
    await new Promise<void>((resolve) => socket.write(head + part + 'x'.repeat(50_000), () => resolve()));
    const incoming = join(folder, 'data', 'incoming');
    await expect.poll(async () => (await readdir(incoming)).some((name) => name.endsWith('.upload'))).toBe(true);
    socket.destroy();
    await expect.poll(async () => (await readdir(incoming)).filter((name) => name.endsWith('.upload'))).toEqual([]);
  });
});

describe('an upload of 300 MB', () => {
  /** Sends generated bytes, as a client that reads the answer only when it has sent everything. */
  function sendLarge(options: { stateLength: boolean }): Promise<{ status: number; code: string }> {
    const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n');
    const total = head.length + 300 * MB + '\r\n--b--\r\n'.length;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(`${listener.url}/api/v1/media`, {
        method: 'POST',
        headers: {
          authorization: lan,
          'content-type': 'multipart/form-data; boundary=b',
          ...(options.stateLength && { 'content-length': total }),
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, code: (JSON.parse(text) as { code: string }).code }));
      });
      const piece = Buffer.alloc(MB, 7);
      const send = async () => {
        outgoing.write(head);
        for (let sent = 0; sent < 300; sent++) {
          if (!outgoing.write(piece)) await new Promise((go) => outgoing.once('drain', go));
        }
        outgoing.end('\r\n--b--\r\n');
      };
      send().catch(reject);
    });
  }

  test.each([{ stateLength: true }, { stateLength: false }])('is refused, and the sender gets to know why (%o)', async (options) => {
    expect(await sendLarge(options)).toEqual({ status: 413, code: 'body-too-large' });
    await expect.poll(async () => (await readdir(join(folder, 'data', 'incoming'))).filter((name) => name.endsWith('.upload'))).toEqual([]);
  });
});
