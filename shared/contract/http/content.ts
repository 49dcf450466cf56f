import * as z from 'zod';
import { durationMs, id, level, sha256, title } from '../basics.ts';
import { instant, page } from './basics.ts';

/** An upload may be this large, counted as it streams in. */
export const UPLOAD_BYTES_MAX = 200 * 1024 * 1024;

export const mediaState = z.enum(['processing', 'ready', 'refused']);
/** The answer to an upload: it is stored, and is being made ready. */
export const mediaAccepted = z.object({ id, state: z.literal('processing') });

export const media = z.object({
  id,
  title: z.string(),
  state: mediaState,
  /** 0–1 while processing. */
  progress: z.number().min(0).max(1),
  durationMs: durationMs.nullable(),
  /** Of what was uploaded, EBU R128 integrated; null until measured, or where it is too short to measure. */
  sourceLufs: z.number().nullable(),
  /** Of what will be sounded. */
  loudnessLufs: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
  sha256: sha256.nullable(),
  bytes: z.number().int().nullable(),
  /** What was lost of a damaged file that was taken all the same. */
  warning: z.string().nullable(),
  refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
  createdAt: instant,
  createdBy: z.string(),
});
export type Media = z.infer<typeof media>;

/** Peaks for drawing: pairs of minimum and maximum per step, −1 to 1. */
export const waveform = z.object({ durationMs, stepMs: z.number(), peaks: z.array(z.number()) });

export const bulletinState = z.enum(['draft', 'waiting', 'approved', 'refused']);
export type BulletinState = z.infer<typeof bulletinState>;

export const spokenText = z.string().min(1).max(20_000);
export const voice = z.enum(['vi-north', 'vi-central', 'vi-south']);
/** Speed of speech: 1 is the voice's own. */
export const rate = z.number().min(0.5).max(2);

/** Either a sound that was uploaded, or a text that is spoken. One object, so that a fault names its field. */
export const bulletinRequest = z
  .strictObject({
    title,
    level,
    mediaId: id.optional(),
    text: spokenText.optional(),
    voice: voice.optional(),
    rate: rate.optional(),
  })
  .refine((it) => (it.mediaId === undefined) !== (it.text === undefined), { path: ['mediaId'], message: 'give either mediaId or text' })
  .refine((it) => it.text !== undefined || (it.voice === undefined && it.rate === undefined), {
    path: ['voice'],
    message: 'a voice needs a text',
  });
export const bulletinPatch = z
  .strictObject({
    title: title.optional(),
    level: level.optional(),
    mediaId: id.optional(),
    text: spokenText.optional(),
    voice: voice.optional(),
    rate: rate.optional(),
  })
  .refine((it) => it.mediaId === undefined || it.text === undefined, { path: ['mediaId'], message: 'give either mediaId or text' });
/** `q` is looked for in titles and texts, without diacritics; every word of it must be there. */
export const bulletinQuery = page.extend({ state: bulletinState.optional(), q: z.string().max(200).optional() });
export const refusalRequest = z.strictObject({ reason: z.string().min(1).max(1000) });

export const bulletin = z.object({
  id,
  title: z.string(),
  level,
  state: bulletinState,
  mediaId: id,
  media,
  text: z.string().nullable(),
  /** The words that the voice reads, where there is a text. */
  spoken: z.string().nullable(),
  voice: voice.nullable(),
  rate: z.number().nullable(),
  author: z.string(),
  approver: z.string().nullable(),
  refusalReason: z.string().nullable(),
  createdAt: instant,
  submittedAt: instant.nullable(),
  decidedAt: instant.nullable(),
});
export type Bulletin = z.infer<typeof bulletin>;

export const textPreviewRequest = z.strictObject({ text: spokenText });
export const textPreviewAnswer = z.object({ spoken: z.string() });
