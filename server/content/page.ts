import { CodedError } from '@tieng-lang/shared/errors';

export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

/** The last thing of the page before: what is older follows. Things that come in meanwhile move nothing. */
interface Position {
  createdAtMs: number;
  id: string;
}

/**
 * A page of things from the newest to the oldest.
 * @throws CodedError `invalid-input` for a cursor that no page of ours gave
 */
export async function pageBefore<Item extends { created_at_ms: number; id: string }>(
  query: PageQuery,
  select: (before: Position | undefined, limit: number) => Promise<Item[]>,
): Promise<Page<Item>> {
  const found = await select(query.cursor === undefined ? undefined : positionOf(query.cursor), query.limit + 1);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  const next = found.length > query.limit && last ? Buffer.from(`${last.created_at_ms} ${last.id}`).toString('base64url') : null;
  return { items, next };
}

function positionOf(cursor: string): Position {
  const [createdAtMs, id] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (!id || !createdAtMs || !Number.isFinite(Number(createdAtMs))) {
    throw new CodedError('invalid-input', { faults: [{ path: 'cursor', message: 'is not the `next` of a page' }] });
  }
  return { createdAtMs: Number(createdAtMs), id };
}
