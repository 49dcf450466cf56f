import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consolePages } from './console-pages.ts';

const SCRIPT = 'export const words = "bản tin";\n'.repeat(200);

let folder: string;
let app: Express;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tl-console-'));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, 'index.html'), '<title>Tiếng Làng</title>');
  await writeFile(path.join(folder, 'assets', 'page-abc.js'), SCRIPT);
  await writeFile(path.join(folder, 'assets', 'page-abc.js.gz'), gzipSync(SCRIPT));
  await writeFile(path.join(folder, 'assets', 'plain-abc.js'), SCRIPT);
  app = express().use(consolePages(folder));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a phone gets the scripts compressed, and reads them as they were written', async () => {
  const answer = await request(app).get('/assets/page-abc.js').set('Accept-Encoding', 'gzip, deflate').expect(200);
  expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  expect(answer.headers['content-type']).toMatch(/^text\/javascript/);
  expect(answer.headers['cache-control']).toContain('immutable');
  expect(Number(answer.headers['content-length'])).toBeLessThan(SCRIPT.length / 10);
  expect(answer.text).toBe(SCRIPT);
});

test('whoever takes no gzip, and a file that has none, get it as it is', async () => {
  for (const [file, encoding] of [
    ['page-abc.js', 'identity'],
    ['plain-abc.js', 'gzip'],
  ] as const) {
    const answer = await request(app).get(`/assets/${file}`).set('Accept-Encoding', encoding).expect(200);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.text).toBe(SCRIPT);
  }
});

test('a script that is gone is missing, and nothing outside the console can be asked for', async () => {
  await request(app).get('/assets/gone-abc.js').set('Accept-Encoding', 'gzip').expect(404);
  await request(app).get('/assets/..%2f..%2f..%2fetc%2fpasswd.js').set('Accept-Encoding', 'gzip').expect(404);
});
