import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bulletin, Media } from '@tieng-lang/shared/contract/http/content';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Events } from '../events.ts';
import { Listener } from '../http/listener.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import { type Content, createContent } from './content.ts';
import { type Answer, ContentTrial } from './content-trial.ts';
import { SampleSounds } from './sound/sample-sounds.ts';

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
/** Two people, and one who may only look. */
let lan: string;
let binh: string;
let viewer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tieng-lang-content-'));
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
  binh = await server.bearer('approver');
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

async function readyRecording(title = 'loa'): Promise<Media> {
  const file = await samples.speech(`${title}.mp3`, { seconds: 2 });
  return settled((await upload(await readFile(file), `${title}.mp3`)).body.id);
}

async function draft(fields: object = {}, who = lan): Promise<Bulletin> {
  const { body, status } = await call<Bulletin>(who, 'POST', '/bulletins', {
    title: 'Họp thôn',
    level: 'normal',
    text: 'Mời bà con đi họp.',
    ...fields,
  });
  expect(status).toBe(201);
  return body;
}

async function waiting(fields: object = {}): Promise<Bulletin> {
  const { id, mediaId } = await draft(fields);
  await settled(mediaId);
  return (await call<Bulletin>(lan, 'POST', `/bulletins/${id}/submit`)).body;
}

describe('a text', () => {
  test('is heard in the words that were shown before', async () => {
    const { body } = await call<{ spoken: string }>(lan, 'POST', '/text/preview', { text: 'UBND xã họp lúc 7h30.' });
    expect(body.spoken).toBe('Ủy ban nhân dân xã họp lúc bảy giờ ba mươi phút.');
    const bulletin = await draft({ text: 'UBND xã họp lúc 7h30.', voice: 'vi-south', rate: 0.8 });
    expect(bulletin).toMatchObject({ state: 'draft', spoken: body.spoken, voice: 'vi-south', rate: 0.8, media: { state: 'processing' } });
    const media = await settled(bulletin.mediaId);
    expect(media.state).toBe('ready');
    expect(media.loudnessLufs).toBeCloseTo(-16, 0);
    expect(media.durationMs).toBeGreaterThan(2_000);
  });

  test('read slowly takes longer', async () => {
    const slow = await settled((await draft({ rate: 0.6 })).mediaId);
    const fast = await settled((await draft({ rate: 1.6 })).mediaId);
    expect(slow.durationMs).toBeGreaterThan((fast.durationMs ?? 0) * 1.5);
  });

  test('without a word in it is refused', async () => {
    const { status, body } = await call(lan, 'POST', '/bulletins', { title: 'Trống', level: 'normal', text: '…!?' });
    expect([status, body.code]).toEqual([422, 'text-unspeakable']);
  });

  test('and a recording at once are too much; each fault names its field', async () => {
    const both = await call(lan, 'POST', '/bulletins', { title: 'Hai', level: 'normal', text: 'a', mediaId: 'b' });
    expect([both.status, both.body.errors?.[0]?.path]).toEqual([422, 'mediaId']);
    const unknown = await call(lan, 'POST', '/bulletins', { title: 'Lạ', level: 'normal', mediaId: 'med-unknown' });
    expect([unknown.status, unknown.body.errors?.[0]?.path]).toEqual([422, 'mediaId']);
    const mistyped = await call(lan, 'POST', '/bulletins', { title: 7, level: 'urgent', text: 'Mời họp' });
    expect(mistyped.body.errors?.map(({ path }) => path).sort()).toEqual(['level', 'title']);
  });
});

describe('nothing goes on air that a second person has not heard', () => {
  test('from draft to approval, each step on record', async () => {
    const bulletin = await waiting();
    expect(bulletin).toMatchObject({ state: 'waiting', approver: null, submittedAt: expect.any(String) });
    const { status, body } = await call<Bulletin>(binh, 'POST', `/bulletins/${bulletin.id}/approve`);
    expect([status, body.state, body.approver]).toEqual([200, 'approved', 'trial approver']);
    const onFile = await content.bulletin(bulletin.id);
    expect(onFile).toMatchObject({ state: 'approved', title: 'Họp thôn', sound: { sha256: bulletin.media.sha256, title: 'Họp thôn' } });
    const audit = await call<{ items: { action: string; subject: string }[] }>(await server.bearer('admin'), 'GET', '/audit?limit=100');
    const steps = audit.body.items.filter(({ subject }) => subject === bulletin.id).map(({ action }) => action);
    expect(steps.sort()).toEqual(['bulletin-approved', 'bulletin-created', 'bulletin-submitted']);
    expect(
      pushed.some(
        ({ name, data }) => name === 'bulletin' && (data as Bulletin).id === bulletin.id && (data as Bulletin).state === 'approved',
      ),
    ).toBe(true);
  });

  test('the author cannot approve, not even an administrator; another administrator can', async () => {
    const author = await server.bearer('admin');
    const { id, mediaId } = await draft({}, author);
    await settled(mediaId);
    await call(author, 'POST', `/bulletins/${id}/submit`);
    const own = await call(author, 'POST', `/bulletins/${id}/approve`);
    expect([own.status, own.body.code]).toEqual([403, 'author-cannot-approve']);
    expect((await call<Bulletin>(await server.bearer('admin'), 'POST', `/bulletins/${id}/approve`)).body.state).toBe('approved');
  });

  test('who changed it last is an author too', async () => {
    const { id } = await waiting();
    const editor = await server.bearer('admin');
    expect((await call<Bulletin>(editor, 'PATCH', `/bulletins/${id}`, { title: 'Họp thôn (sửa)' })).body.state).toBe('draft');
    await call(lan, 'POST', `/bulletins/${id}/submit`);
    expect((await call(editor, 'POST', `/bulletins/${id}/approve`)).body.code).toBe('author-cannot-approve');
  });

  test('a broadcaster cannot approve at all', async () => {
    const { id } = await waiting();
    expect((await call(await server.bearer('broadcaster'), 'POST', `/bulletins/${id}/approve`)).body.code).toBe('forbidden');
  });

  test('an edit voids the approval, and new words are a new sound', async () => {
    const { id, media } = await waiting();
    await call(binh, 'POST', `/bulletins/${id}/approve`);
    const { body } = await call<Bulletin>(lan, 'PATCH', `/bulletins/${id}`, { text: 'Hoãn họp thôn.' });
    expect(body).toMatchObject({ state: 'draft', approver: null, decidedAt: null, spoken: 'Hoãn họp thôn.' });
    expect((await content.bulletin(id))?.state).toBe('draft');
    expect((await settled(body.mediaId)).sha256).not.toBe(media.sha256);
  });

  test('a change of the title alone keeps the sound', async () => {
    const { id, mediaId } = await waiting();
    const { body } = await call<Bulletin>(lan, 'PATCH', `/bulletins/${id}`, { title: 'Họp thôn tối nay' });
    expect(body).toMatchObject({ state: 'draft', mediaId, title: 'Họp thôn tối nay' });
  });

  test('a refusal says why, and the bulletin can be mended and sent again', async () => {
    const { id } = await waiting();
    expect((await call(binh, 'POST', `/bulletins/${id}/refuse`, {})).status).toBe(422);
    const { body } = await call<Bulletin>(binh, 'POST', `/bulletins/${id}/refuse`, { reason: 'Sai ngày họp' });
    expect(body).toMatchObject({ state: 'refused', refusalReason: 'Sai ngày họp' });
    await call(lan, 'PATCH', `/bulletins/${id}`, { text: 'Mời bà con đi họp ngày mai.' });
    expect((await call<Bulletin>(lan, 'POST', `/bulletins/${id}/submit`)).body).toMatchObject({ state: 'waiting', refusalReason: null });
  });

  test('steps out of their order are refused', async () => {
    const { id } = await draft();
    for (const step of [
      () => call(binh, 'POST', `/bulletins/${id}/approve`),
      () => call(binh, 'POST', `/bulletins/${id}/refuse`, { reason: 'x' }),
    ]) {
      const { status, body } = await step();
      expect([status, body.code, body.detail]).toEqual([
        409,
        'wrong-state',
        'Bản tin đang ở trạng thái "Nháp" nên không làm được việc này.',
      ]);
    }
    expect((await call(binh, 'POST', '/bulletins/bul-unknown/approve')).status).toBe(404);
  });

  test('a bulletin whose recording was refused cannot be submitted, and says why', async () => {
    const { body: media } = await upload(Buffer.from('không phải âm thanh'), 'x.mp3');
    const { id } = await draft({ text: undefined, mediaId: media.id });
    await settled(media.id);
    const { status, body } = await call(lan, 'POST', `/bulletins/${id}/submit`);
    expect([status, body.code]).toEqual([409, 'media-refused']);
    expect(body.detail).toContain('không phải âm thanh');
  });

  test('two who decide at the same instant decide once', async () => {
    const { id } = await waiting();
    const other = await server.bearer('approver');
    const answers = await Promise.all([
      call(binh, 'POST', `/bulletins/${id}/approve`),
      call(other, 'POST', `/bulletins/${id}/refuse`, { reason: 'Không đúng' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('the library', () => {
  test('finds without diacritics, by all the words, in titles and texts', async () => {
    await draft({ title: 'Tiêm chủng mở rộng', text: 'Đề nghị các gia đình đưa trẻ đến trạm.' });
    const found = async (q: string) =>
      (await call<{ items: Bulletin[] }>(viewer, 'GET', `/bulletins?q=${encodeURIComponent(q)}`)).body.items.map(({ title }) => title);
    expect(await found('tiem chung')).toEqual(['Tiêm chủng mở rộng']);
    expect(await found('TRẠM de nghi')).toEqual(['Tiêm chủng mở rộng']);
    expect(await found('100%_')).toEqual([]);
  });

  test('comes in pages that neither repeat nor leave out', async () => {
    for (let count = 0; count < 3; count++) await draft();
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const page: Answer<{ items: Bulletin[]; next: string | null }> = await call(
        viewer,
        'GET',
        `/bulletins?state=draft&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.next;
    } while (cursor !== null);
    const all = await call<{ items: Bulletin[] }>(viewer, 'GET', '/bulletins?state=draft&limit=500');
    expect(seen).toEqual(all.body.items.map(({ id }) => id));
    expect((await call(viewer, 'GET', '/bulletins?cursor=nonsense')).body.code).toBe('invalid-input');
  });

  test('lists recordings, not the speech behind texts', async () => {
    const { id } = await readyRecording('ghi-am');
    const { body } = await call<{ items: Media[] }>(viewer, 'GET', '/media');
    expect(body.items[0]?.id).toBe(id);
    const speech = await draft();
    expect(body.items.some((item) => item.id === speech.mediaId)).toBe(false);
  });
});

test('a new station has tunes of its own, ready to open and close a session', async () => {
  await Promise.all([settled('tune-opening'), settled('tune-closing')]);
  const { body } = await call<{ items: { id: string; durationMs: number }[] }>(viewer, 'GET', '/tunes');
  expect(body.items.map(({ id }) => id)).toEqual(['tune-closing', 'tune-opening']);
  expect((await content.tune('tune-opening'))?.durationMs).toBeCloseTo(6_000, 1);
  const { path } = (await content.soundFile((await content.tune('tune-opening'))?.sha256 ?? '')) ?? { path: '' };
  const { stdout } = await promisify(execFile)('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name,channels',
    '-of',
    'csv=p=0',
    path,
  ]);
  expect(stdout.trim()).toBe('opus,1');
});
