import { clusterCode, speakerCode, stationCode } from '@tieng-lang/shared/contract/basics';
import * as z from 'zod';

/** A station as it is described once, in a file: who it is, its villages, its clusters and their speakers. */
export const stationFile = z.object({
  station: z.object({
    /** Made from the commune's name where it is missing. */
    code: stationCode.optional(),
    name: z.string().min(1).max(200),
    commune: z.string().min(1).max(200),
    timeZone: z.string().min(1).max(60),
  }),
  /** A note says what is made up: such a station is shown as an illustration. */
  note: z.string().max(2000).optional(),
  villages: z.array(z.string().min(1).max(200)).max(500),
  clusters: z
    .array(
      z.object({
        code: clusterCode,
        place: z.string().min(1).max(200),
        village: z.string().max(200).nullable(),
        lat: z.number().min(-90).max(90),
        lon: z.number().min(-180).max(180),
        speakers: z.array(z.object({ code: speakerCode, watts: z.number().min(0).max(10_000) })).max(16),
      }),
    )
    .max(5000),
});
export type StationFile = z.input<typeof stationFile>;

/** A name as a code: `Hướng Đạo` → `huong-dao`, `Thôn 1` → `thon-1`. */
export function codeOfName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
}
