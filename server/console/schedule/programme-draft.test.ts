import { expect, test } from 'vitest';
import { draftOf, itemsOf, moved } from './programme-draft.ts';

const draft = draftOf([{ tuneId: 'a' }, { bulletinId: 'b' }, { bulletinId: 'b' }, { tuneId: 'c' }]);

test('an item that is moved keeps its own key, and the others keep their order', () => {
  expect(moved(draft, 2, 0).map((item) => item.key)).toEqual([2, 0, 1, 3]);
  expect(moved(draft, 0, 3).map((item) => item.key)).toEqual([1, 2, 3, 0]);
});

test('a move past either end changes nothing', () => {
  expect(itemsOf(moved(draft, 0, -1))).toEqual(itemsOf(draft));
  expect(itemsOf(moved(draft, 3, 4))).toEqual(itemsOf(draft));
  expect(itemsOf(moved(draft, 9, 0))).toEqual(itemsOf(draft));
});
