import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Media } from '@tieng-lang/shared/contract/http/content';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_PASSWORD, makeMp3, startCommune, type TestCommune, until } from './harness.ts';

const SERVER_ENTRY = resolve(fileURLToPath(new URL('.', import.meta.url)), '../../server/dist/main.js');
const scratch = mkdtempSync(join(tmpdir(), 'tieng-lang-files-'));
let tl: TestCommune;

beforeAll(async () => {
  tl = await startCommune({ clusters: 1 });
});
afterAll(async () => {
  await tl?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function processed(id: string): Promise<Media> {
  return until('the verdict', async () => {
    const media = await tl.author.get<Media>(`/media/${id}`);
    return media.state !== 'processing' && media;
  });
}

describe('a file that is no recording is refused with a reason that a person can act on', () => {
  test.each([
    ['chu.mp3', () => writeFileSync(join(scratch, 'chu.mp3'), 'Đây là văn bản, không phải âm thanh.\n'.repeat(50)), 'media-not-audio'],
    ['rong.mp3', () => writeFileSync(join(scratch, 'rong.mp3'), ''), 'media-empty'],
  ] as const)('%s', async (name, make, code) => {
    make();
    const { id } = await tl.author.upload<{ id: string }>('/media', join(scratch, name));
    const media = await processed(id);
    expect(media.state).toBe('refused');
    expect(media.refusal?.code).toBe(code);
    expect(media.refusal?.message).toMatch(/[ăâđêôơư]|[àáảãạ]/i);
  });
});

test('a recording that was cut off is taken for what it holds, and says what was lost', async () => {
  const whole = readFileSync(makeMp3(scratch, 'ca.mp3', 20));
  writeFileSync(join(scratch, 'cut.mp3'), whole.subarray(0, Math.floor(whole.length * 0.4) + 77));
  const { id } = await tl.author.upload<{ id: string }>('/media', join(scratch, 'cut.mp3'));
  const media = await processed(id);
  expect(media.state).toBe('ready');
  expect(media.durationMs).toBeGreaterThan(6000);
  expect(media.durationMs).toBeLessThan(10_000);
  expect(media.warning).toBeTruthy();
});

test('a file of 300 MB is refused while it comes in, and the server goes on', async () => {
  const boundary = 'tieng-lang-boundary';
  const piece = new Uint8Array(1_000_000);
  async function* body() {
    yield new TextEncoder().encode(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="to.wav"\r\nContent-Type: audio/wav\r\n\r\n`,
    );
    for (let sent = 0; sent < 300; sent++) yield piece;
    yield new TextEncoder().encode(`\r\n--${boundary}--\r\n`);
  }
  const response = await tl.author.raw('/api/v1/media', {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: ReadableStream.from(body()),
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ code: 'body-too-large' });
  expect((await tl.admin.raw('/api/v1/health')).status).toBe(200);
});

test('a field of an unknown type is named in the answer, in the language of the caller', async () => {
  const response = await tl.author.raw('/api/v1/bulletins', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'vi' },
    body: JSON.stringify({ title: 7, level: 'huge', mediaId: ['x'] }),
  });
  expect(response.status).toBe(422);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const problem = (await response.json()) as { code: string; errors: { path: string }[]; detail: string };
  expect(problem.code).toBe('invalid-input');
  expect(problem.errors.map(({ path }) => path)).toEqual(expect.arrayContaining(['title', 'level']));
});

test('a session that has ended is told to sign in again', async () => {
  const signedIn = await tl.admin.raw('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
  });
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const asPerson = (path: string, init: RequestInit = {}) =>
    fetch(`${tl.baseUrl}/api/v1${path}`, { ...init, headers: { cookie, 'x-csrf-token': csrfToken } });
  expect((await asPerson('/clusters')).status).toBe(200);
  expect((await asPerson('/session', { method: 'DELETE' })).status).toBeLessThan(300);
  const after = await asPerson('/clusters');
  expect(after.status).toBe(401);
  expect(await after.json()).toMatchObject({ code: 'not-signed-in' });
});

describe('a start that cannot succeed says why in one sentence', () => {
  const start = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [SERVER_ENTRY], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, TL_HTTP_PORT: '0', TL_MQTT_PORT: '0', TL_DEVICE_PORT: '0', ...env },
    });

  test('a busy port: which, and what to do', () => {
    const done = start({ TL_DATA_DIR: join(scratch, 'busy'), TL_HTTP_PORT: tl.env.TL_HTTP_PORT });
    expect(done.status).toBeGreaterThan(0);
    expect(done.stderr).toContain(tl.env.TL_HTTP_PORT);
    expect(done.stderr).toContain('TL_HTTP_PORT');
    expect(done.stderr).not.toMatch(/\n\s+at /);
  });

  test('a data folder that cannot be written', () => {
    writeFileSync(join(scratch, 'a-file'), '');
    const done = start({ TL_DATA_DIR: join(scratch, 'a-file/data') });
    expect(done.status).toBeGreaterThan(0);
    expect(done.stderr).toContain('a-file/data');
    expect(done.stderr).not.toMatch(/\n\s+at /);
  });

  test('a wrong configuration: every fault in one message, and exit status 78', () => {
    const done = start({ TL_DATA_DIR: join(scratch, 'conf'), TL_HTTP_PORT: 'tám nghìn', TL_LOG_LEVEL: 'loud' });
    expect(done.status).toBe(78);
    expect(done.stderr).toContain('TL_HTTP_PORT');
    expect(done.stderr).toContain('TL_LOG_LEVEL');
    expect(done.stderr).not.toMatch(/\n\s+at /);
  });

  test('a database that is none', () => {
    const folder = join(scratch, 'damaged');
    mkdirSync(folder);
    const file = execFileSync('sh', ['-c', `ls ${tl.dataDir} | grep -E '[.](db|sqlite)$' | head -1`], { encoding: 'utf8' }).trim();
    expect(file).not.toBe('');
    writeFileSync(join(folder, file), 'không phải cơ sở dữ liệu'.repeat(500));
    const done = start({ TL_DATA_DIR: folder });
    expect(done.status).toBeGreaterThan(0);
    expect(done.stderr).toContain(file);
    expect(done.stderr).not.toMatch(/\n\s+at /);
  });
});
