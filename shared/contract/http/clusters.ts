import * as z from 'zod';
import { clockStatus, clusterCode, id, speakerCode, speakerState, volume } from '../basics.ts';
import { measurements } from '../health.ts';
import { instant } from './basics.ts';
import { onairCluster } from './onair.ts';

export const village = z.object({ id, name: z.string() });

export const cluster = z.object({
  code: clusterCode,
  place: z.string(),
  village: village.nullable(),
  lat: z.number(),
  lon: z.number(),
  volume,
  delayMs: z.number(),
  presence: z.object({ state: z.enum(['online', 'offline', 'never']), lastSeenAt: instant.nullable() }),
  clock: z.object({ status: clockStatus, offsetMs: z.number().nullable(), uncertaintyMs: z.number().nullable() }),
  plan: z.object({ desired: z.number().int(), applied: z.number().int() }),
  media: z.object({ verified: z.number().int(), total: z.number().int() }),
  playing: onairCluster,
  speakers: z.array(z.object({ code: speakerCode, watts: z.number(), state: speakerState })),
  health: measurements.extend({ at: instant.optional() }),
  alerts: z.number().int(),
  deviceId: z.string().nullable(),
  agentVersion: z.string().nullable(),
});
export type Cluster = z.infer<typeof cluster>;

export const clusterPatch = z.strictObject({ volume: volume.optional(), delayMs: z.number().min(-2000).max(2000).optional() });

export const enrolmentRequest = z.strictObject({ cluster: clusterCode });
/** `qr` is an SVG image; `code` is shown once. */
export const enrolmentAnswer = z.object({ code: z.string(), expiresAt: instant, qr: z.string() });

/** The order that was sent; how far it has come is on the cluster's answers. */
export const orderAnswer = z.object({ orderId: id });

/** Series of measurements: at most `points` steps of equal length between `from` and `to`. */
export const telemetryQuery = z.object({
  from: instant,
  to: instant,
  /** Names of measurements, separated by commas; without it all that there are. */
  fields: z
    .string()
    .max(500)
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(measurements.keyof()).min(1).max(20))
    .optional(),
  points: z.coerce.number().int().min(1).max(2000).default(300),
});
export const telemetryPoint = z.object({ at: instant, mean: z.number(), min: z.number(), max: z.number() });
/** A step without measurements has no point. Switches (mains, door) count as 0 and 1. */
export const telemetryAnswer = z.object({ stepMs: z.number(), series: z.record(z.string(), z.array(telemetryPoint)) });

export const station = z.object({
  code: z.string(),
  name: z.string(),
  commune: z.string(),
  timeZone: z.string(),
  /** The villages' names and points are made up (the demonstration commune). */
  illustrative: z.boolean(),
  villages: z.array(village),
});
export type Station = z.infer<typeof station>;

/** `GET /health`. */
export const serverHealth = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  database: z.enum(['ok', 'down']),
  broker: z.enum(['ok', 'down']),
  clusters: z.object({ total: z.number().int(), online: z.number().int() }),
});
