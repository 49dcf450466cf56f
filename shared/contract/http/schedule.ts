import * as z from 'zod';
import { clusterCode, durationMs, id, level, sha256, title, volume } from '../basics.ts';
import { instant, localDate, localDateTime, targets } from './basics.ts';

/** A station's own sounds: the opening tune and the like, present from the first start. */
export const tune = z.object({ id, title: z.string(), durationMs, sha256 });

export const relay = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  maxMs: durationMs,
  fallbackBulletinId: id.optional(),
});
export const programmeItem = z.union([
  z.strictObject({ bulletinId: id }),
  z.strictObject({ relay }),
  z.strictObject({ gapMs: z.number().int().min(0).max(600_000) }),
  z.strictObject({ tuneId: id }),
]);
export type ProgrammeItem = z.infer<typeof programmeItem>;
export const programmeRequest = z.strictObject({ name: title, items: z.array(programmeItem).min(1).max(200) });
export const programme = z.object({
  id,
  name: z.string(),
  items: z.array(programmeItem),
  /** Of all its items as they are now, ms. */
  durationMs,
  createdAt: instant,
  createdBy: z.string(),
});
export type Programme = z.infer<typeof programme>;
export const programmePatch = z.strictObject({ name: title.optional(), items: z.array(programmeItem).min(1).max(200).optional() });

export const timeZone = z.string().min(1).max(64);
export const DEFAULT_TIME_ZONE = 'Asia/Ho_Chi_Minh';

const scheduleFields = {
  programmeId: id.optional(),
  bulletinId: id.optional(),
  targets,
  start: localDateTime,
  timeZone: timeZone.optional(),
  rrule: z.string().min(1).max(500).optional(),
  exceptDates: z.array(localDate).max(1000).optional(),
  /** The last local date on which it may start. */
  validUntil: localDate.optional(),
  level: level.optional(),
  volume: volume.optional(),
};
/** The fields of a schedule as they stand in every body that names one. */
export const scheduleFieldsRequest = z.strictObject(scheduleFields);
const onePlayable = (body: { programmeId?: string | undefined; bulletinId?: string | undefined }) =>
  (body.programmeId === undefined) !== (body.bulletinId === undefined);
const onePlayableMessage = 'give either programmeId or bulletinId';

/**
 * How the person settles what `check` found; stored with the schedule and logged. `drop`: this schedule does not sound
 * where it clashes. `keep-both`: both stay, and precedence decides who sounds. `cut` and `let-finish` are kept as the
 * person's words and have, so far, the effect of `keep-both`.
 */
export const decision = z.strictObject({
  action: z.enum(['keep-both', 'cut', 'let-finish', 'drop']),
  reason: z.string().max(500).optional(),
});

/** As a request may say it: one of the actions, or words of one's own, which mean "I have seen it, save it" and are kept as the reason. */
const decisionRequest = z.union([
  decision,
  decision.shape.action.transform((action) => ({ action })),
  z
    .string()
    .min(1)
    .max(500)
    .transform((reason) => ({ action: 'keep-both' as const, reason })),
  z
    .record(z.string().max(100), z.json())
    .transform((words) => JSON.stringify(words))
    .pipe(z.string().max(500))
    .transform((reason) => ({ action: 'keep-both' as const, reason })),
]);

export const scheduleRequest = z
  .strictObject({ ...scheduleFields, decision: decisionRequest.optional() })
  .refine(onePlayable, onePlayableMessage);
/** An absent field stays as it is; null takes it away. Naming a bulletin replaces the programme, and the reverse. */
export const schedulePatch = z
  .strictObject({
    programmeId: id.optional(),
    bulletinId: id.optional(),
    targets: targets.optional(),
    start: localDateTime.optional(),
    timeZone: timeZone.optional(),
    rrule: z.string().min(1).max(500).nullable().optional(),
    exceptDates: z.array(localDate).max(1000).optional(),
    validUntil: localDate.nullable().optional(),
    level: level.nullable().optional(),
    volume: volume.nullable().optional(),
    decision: decisionRequest.optional(),
  })
  .refine((body) => body.programmeId === undefined || body.bulletinId === undefined, onePlayableMessage);
export const scheduleCheckRequest = z
  .strictObject({
    ...scheduleFields,
    from: instant.optional(),
    limit: z.number().int().min(1).max(1000).default(100),
    /** The schedule that is being edited, which does not clash with itself. */
    scheduleId: id.optional(),
  })
  .refine(onePlayable, onePlayableMessage);

export const conflict = z.object({
  kind: z.enum(['overlap']),
  startAt: instant,
  endAt: instant,
  with: z.object({ scheduleId: id, title: z.string(), level, startAt: instant, endAt: instant }),
  clusters: z.array(clusterCode),
  /** What will happen if it is saved as it is. */
  effect: z.enum(['this-plays', 'other-plays']),
});
/** `rule`: `quiet-hours`, `longest-session`, `overlaps-itself`, …; `message` says it in the caller's language. */
export const policyBreach = z.object({ rule: z.string(), message: z.string(), startAt: instant });
/** Also in the 409 `needs-decision` of saving, beside the problem's own fields. */
export const scheduleCheckAnswer = z.object({
  occurrences: z.array(z.object({ startAt: instant, endAt: instant })),
  conflicts: z.array(conflict),
  policy: z.array(policyBreach),
});

export const schedule = z.object({
  id,
  title: z.string(),
  programmeId: id.nullable(),
  bulletinId: id.nullable(),
  targets,
  start: localDateTime,
  timeZone,
  rrule: z.string().nullable(),
  exceptDates: z.array(localDate),
  validUntil: localDate.nullable(),
  level,
  volume: volume.nullable(),
  decision: decision.nullable(),
  createdAt: instant,
  createdBy: z.string(),
});
export type Schedule = z.infer<typeof schedule>;

/** `GET /occurrences`: what plays where when, after precedence. */
export const occurrence = z.object({
  broadcastId: id,
  scheduleId: id,
  title: z.string(),
  level,
  startAt: instant,
  endAt: instant,
  clusters: z.array(clusterCode),
  items: z.array(z.object({ title: z.string(), offsetMs: durationMs, durationMs, sha256: sha256.nullable() })),
  /** Why it will not sound (part of it), if so: the code of a reason. */
  reason: z.string().nullable(),
});
export type Occurrence = z.infer<typeof occurrence>;
export const occurrencesQuery = z.object({ from: instant, to: instant, cluster: clusterCode.optional() });
