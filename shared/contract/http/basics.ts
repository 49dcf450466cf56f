import * as z from 'zod';
import { clusterCode, id } from '../basics.ts';

/** An instant on the wire: ISO 8601 with an offset. */
export const instant = z.iso.datetime({ offset: true });

/** A local date and time without an offset, in the zone that stands beside it: `2026-11-23T05:30`. */
export const localDateTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/, 'must look like 2026-11-23T05:30')
  .refine((text) => !Number.isNaN(Date.parse(`${text}Z`)), 'is not a date of the calendar');
export const localDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must look like 2026-11-23')
  .refine((text) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`)), 'is not a date of the calendar');

/** Where something is to sound: everywhere, or any of villages, groups and single clusters. */
export const targets = z.union([
  z.strictObject({ all: z.literal(true) }),
  z.strictObject({
    villages: z.array(id).max(500).optional(),
    groups: z.array(id).max(500).optional(),
    clusters: z.array(clusterCode).max(5000).optional(),
  }),
]);
export type Targets = z.infer<typeof targets>;

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** The query of every list; `cursor` is the `next` of the page before. */
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(200).optional(),
});

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
