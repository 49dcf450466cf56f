import { id } from '@tieng-lang/shared/contract/basics';
import { JOURNAL_BATCH, type JournalEntry, journalEntry } from '@tieng-lang/shared/contract/journal';
import * as z from 'zod';

/** An entry of a batch, understood or not; `seq` is undefined where not even its number can be read. */
export type ReadEntry = { seq: number; entry: JournalEntry } | { seq: number | undefined; raw: string; reason: string };

export interface ReadBatch {
  epoch: string;
  entries: ReadEntry[];
}

const envelope = z.object({ epoch: id, entries: z.array(z.unknown()).min(1) });
const numbered = z.object({ seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });

/**
 * Takes a batch apart entry by entry: one that is not understood (a newer agent, a damaged card) must not hold up the
 * ones behind it for ever. Undefined for what is no batch at all.
 */
export function readBatch(payload: Buffer): ReadBatch | undefined {
  const batch = envelope.safeParse(jsonOf(payload));
  if (!batch.success) return undefined;
  const { epoch, entries } = batch.data;
  const read = entries.map((raw): ReadEntry => {
    const entry = journalEntry.safeParse(raw);
    if (entry.success) return { seq: entry.data.seq, entry: entry.data };
    return { seq: numbered.safeParse(raw).data?.seq, raw: JSON.stringify(raw), reason: reasonOf(entry.error) };
  });
  // By number, for the store takes a number that was passed over as one that will never come; without a number, last.
  read.sort((one, other) => (one.seq ?? Number.POSITIVE_INFINITY) - (other.seq ?? Number.POSITIVE_INFINITY));
  // No agent of ours sends more at once; what is left is sent again, and then comes first.
  return { epoch, entries: read.slice(0, JOURNAL_BATCH) };
}

function reasonOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
    .join('; ')
    .slice(0, 200);
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}
