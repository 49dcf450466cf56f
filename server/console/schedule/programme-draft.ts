import type { ProgrammeItem } from '@tieng-lang/shared/contract/http/schedule';

/** An item with a key of its own, because the same bulletin may stand in a programme twice. */
export interface DraftItem {
  key: number;
  item: ProgrammeItem;
}

export const draftOf = (items: readonly ProgrammeItem[]): DraftItem[] => items.map((item, key) => ({ key, item }));
export const itemsOf = (draft: readonly DraftItem[]): ProgrammeItem[] => draft.map(({ item }) => item);

/** The item at `from` at the place `to`; the others keep their order. A place outside the list changes nothing. */
export function moved(draft: readonly DraftItem[], from: number, to: number): DraftItem[] {
  const item = draft[from];
  if (!item || to < 0 || to >= draft.length) return [...draft];
  return draft.toSpliced(from, 1).toSpliced(to, 0, item);
}
