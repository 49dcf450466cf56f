import * as z from 'zod';

/** Codes stand in topics and in device names, so they hold no separator of either ("/", "."). */
export const stationCode = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
export const clusterCode = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/);
export const speakerCode = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/);

/** `<station>.<cluster>.<suffix>`: the certificate's common name, the MQTT client id and the `aud` of what is signed. */
export const deviceId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}\.[A-Za-z0-9][A-Za-z0-9-]{0,31}\.[a-z0-9]{6,16}$/);

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Ids of ours: a short prefix that says what it is, and the rest. Opaque to everybody else. */
export const id = z.string().min(1).max(100);

/** Milliseconds since 1970-01-01T00:00:00Z; inside 1970…2200 so that arithmetic on it stays exact. */
export const instantMs = z.number().min(0).max(7_258_118_400_000);

/** A length of time in milliseconds, at most 31 days. */
export const durationMs = z.number().min(0).max(2_678_400_000);

/** The three legal levels of bulletin; there is no fourth. */
export const level = z.enum(['normal', 'priority', 'emergency']);
export type Level = z.infer<typeof level>;

/** Loudness as people set it: 0 (silent) to 100 (full scale). How it becomes a gain is `gainOfVolume` in the agent. */
export const volume = z.number().int().min(0).max(100);

/** What a name or a title may hold: any Unicode as typed, but no control characters and not only blanks. */
export const title = z
  .string()
  .max(200)
  .refine((text) => text.trim().length > 0, 'must not be blank')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), 'must not hold control characters');

export const clockStatus = z.enum(['synced', 'holdover', 'unknown']);
export type ClockStatus = z.infer<typeof clockStatus>;

/** What a cluster knows of the time: how sure it is and how far its machine's clock is from the server's. */
export const clockReport = z.object({
  status: clockStatus,
  /** Server time minus the device's system time, ms. */
  offsetMs: z.number(),
  /** Half-width of the interval in which the true offset lies, ms; null when unknown. */
  uncertaintyMs: z.number().min(0).nullable(),
});
export type ClockReport = z.infer<typeof clockReport>;

export const speakerState = z.enum(['ok', 'open', 'short', 'weak', 'unknown']);
export type SpeakerState = z.infer<typeof speakerState>;
