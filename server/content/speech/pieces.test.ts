import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piecesOf } from './pieces.ts';

test('a long text is spoken in pieces that end with a sentence, and a paragraph is followed by a longer silence', () => {
  const sentence = 'Mời bà con có mặt đầy đủ tại nhà văn hóa thôn để nghe phổ biến. ';
  const pieces = piecesOf(`${sentence.repeat(12)}\nXin cảm ơn.`);
  expect(pieces.length).toBeGreaterThan(2);
  for (const { text } of pieces) expect(text).toMatch(/\.$/);
  const pauses = pieces.map(({ pauseMs }) => pauseMs);
  expect(pauses.at(-2)).toBeGreaterThan(pauses[0] ?? 0);
  expect(pauses.at(-1)).toBe(0);
});

test('no word is lost, doubled or cut, however long the sentences are', () => {
  const word = fc.stringMatching(/^[a-zđăâêôơư]{1,9}[.,!?]?$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 400 }), (words) => {
      const pieces = piecesOf(words.join(' '));
      expect(pieces.flatMap(({ text }) => text.split(' '))).toEqual(words);
      for (const { text } of pieces) expect(text.length).toBeLessThanOrEqual(300);
    }),
  );
});
