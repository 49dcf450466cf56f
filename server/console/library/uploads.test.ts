import { expect, test } from 'vitest';
import { titleOf } from './uploads.ts';

test.each([
  ['thong_bao-cat-nuoc.mp3', 'Thong bao cat nuoc'],
  ['Lịch tiêm chủng.m4a', 'Lịch tiêm chủng'],
  ['đài phát.thanh.wav', 'Đài phát.thanh'],
  ['.mp3', '.mp3'],
  ['a\u0007b.mp3', 'A b'],
  [`${'x'.repeat(300)}.mp3`, `X${'x'.repeat(199)}`],
])('the file %j is first called %j', (file, title) => {
  expect(titleOf(file)).toBe(title);
});

test('a file name in NFD gives the same title as in NFC', () => {
  expect(titleOf('Cắt nước.mp3'.normalize('NFD'))).toBe(titleOf('Cắt nước.mp3'.normalize('NFC')));
});
