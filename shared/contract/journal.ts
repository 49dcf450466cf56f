import * as z from 'zod';
import { clockStatus, durationMs, id, instantMs, level, sha256, title } from './basics.ts';

/** What became of a planned item; a closed set. */
export const outcome = z.enum(['completed', 'interrupted', 'failed', 'missed', 'skipped']);
export type Outcome = z.infer<typeof outcome>;

/** Why it was not `completed`; a closed set, worded by the console. */
export const outcomeReason = z.enum([
  'stopped',
  'pre-empted',
  'power-lost',
  'late',
  'time-unknown',
  'media-missing',
  'media-damaged',
  'sound-card',
  'no-sound',
  'plan-changed',
  'not-approved',
  'joined-late',
  'cluster-offline',
  'not-reported',
]);
export type OutcomeReason = z.infer<typeof outcomeReason>;

/** One item as one cluster sounded it: the truth about what the village heard. */
export const receipt = z.object({
  broadcastId: id,
  itemIndex: z.number().int().min(0).max(999),
  bulletinId: id.nullable(),
  title,
  level,
  sha256,
  plannedAtMs: instantMs,
  plannedMs: durationMs,
  /** When its first sample left the sound card, by the device's synced clock; null when nothing sounded. */
  startedAtMs: instantMs.nullable(),
  /** Length of its audio that left the sound card, ms. */
  heardMs: durationMs,
  outcome,
  reason: outcomeReason.nullable(),
  /** Largest distance from the timeline while in lock, ms (signed: positive is late). */
  skewMs: z.number().nullable(),
  /** Level delivered to the sound card over the time heard, dB relative to full scale. */
  rmsDbfs: z.number().max(10).nullable(),
  clock: clockStatus,
});
export type Receipt = z.infer<typeof receipt>;

/** Something that a technician may have to know and that must not be lost. */
export const alarm = z.object({
  code: z.enum(['media-damaged', 'sound-card', 'message-refused', 'underrun', 'clock-stepped', 'agent-restarted', 'disk-full']),
  /** Short facts as evidence, for the alert's text. */
  evidence: z.record(z.string().max(40), z.union([z.string().max(200), z.number(), z.boolean()])),
});
export type Alarm = z.infer<typeof alarm>;

const numbered = { seq: z.number().int().min(1), atMs: instantMs };
export const journalEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('receipt'), ...numbered, receipt }),
  z.object({ kind: z.literal('alarm'), ...numbered, alarm }),
]);
export type JournalEntry = z.infer<typeof journalEntry>;

/** A batch holds at most this many entries, so that one message stays small on 4G. */
export const JOURNAL_BATCH = 50;

/**
 * `…/journal`: entries in the order of their numbers, from the first that the server has not said to have stored.
 * `epoch` is made with the journal: a new journal (a replaced SD card) starts at 1 again and is not mistaken for the old.
 *
 * Numbers only grow, but may skip: an agent that was cut off for months drops what its bound does not hold. A batch
 * always begins at the first number that the agent still holds and has not heard to be stored, so a number missing
 * before or inside a batch will never come, and the server says the batch's last number as seen.
 */
export const journalBatch = z.object({
  epoch: id,
  entries: z.array(journalEntry).min(1).max(JOURNAL_BATCH),
});
export type JournalBatch = z.infer<typeof journalBatch>;

/** `…/journal/seen`: the server has stored every entry of this epoch up to and with `seq` (0: none). */
export const journalSeen = z.object({ epoch: id, seq: z.number().int().min(0) });
export type JournalSeen = z.infer<typeof journalSeen>;
