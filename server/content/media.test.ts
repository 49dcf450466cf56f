import { expect, test } from 'vitest';
import { describeDamage, titleOfFile } from './media.ts';

test.each([
  ['Thông báo.mp3', 'Thông báo'],
  ['Thông báo.mp3'.normalize('NFD'), 'Thông báo'],
  ['C:\\Users\\Lan\\ghi âm.wav', 'ghi âm'],
  ['../../etc/passwd', 'passwd'],
  ['họp 30.4.2026.m4a', 'họp 30.4.2026'],
  ['.mp3', 'Bản ghi âm'],
  ['', 'Bản ghi âm'],
  ['a\u0000b\n.mp3', 'a b'],
])('a file called %j is titled %j', (name, title) => {
  expect(titleOfFile(name)).toBe(title);
});

test('a title is never longer than the contract allows, and no character of it is halved', () => {
  const title = titleOfFile(`${'😀'.repeat(500)}.mp3`);
  expect(title.length).toBeLessThanOrEqual(200);
  expect(title.replace(/😀/gu, '')).toBe('');
});

test('damage is told in minutes and seconds', () => {
  expect(describeDamage({ statedMs: 188_000, decodedMs: 74_400, faults: 1 }, 'vi')).toContain('3:08 nhưng chỉ đọc được 1:14');
  expect(describeDamage({ statedMs: null, decodedMs: 74_400, faults: 7 }, 'en')).toContain('7 places');
});
