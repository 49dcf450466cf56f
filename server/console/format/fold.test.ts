import { expect, test } from 'vitest';
import { fold, matches } from './fold.ts';

test('a search without diacritics finds what is written with them', () => {
  expect(matches('Lịch cắt nước ngày 25/11', 'lich cat nuoc')).toBe(true);
  expect(matches('Điện lực Tam Dương', 'dien luc')).toBe(true);
  expect(matches('Thông báo cắt nước', 'nuoc thong bao')).toBe(true);
  expect(matches('Thông báo cắt nước', 'cat dien')).toBe(false);
});

test('a name typed on a Mac (NFD) and on Windows (NFC) is the same name', () => {
  expect(fold('Hướng Đạo'.normalize('NFD'))).toBe(fold('Hướng Đạo'.normalize('NFC')));
});

test('an empty search finds everything', () => {
  expect(matches('Bất kỳ', '  ')).toBe(true);
});
