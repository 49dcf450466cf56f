import * as z from 'zod';
import { instantMs, speakerCode, speakerState } from './basics.ts';

/** The measurements, each with its unit in its name. What a box has no sensor for is absent, not zero. */
export const measurements = z
  .object({
    mainsOn: z.boolean(),
    batteryPercent: z.number(),
    batteryVolts: z.number(),
    boardCelsius: z.number(),
    amplifierCelsius: z.number(),
    cpuPercent: z.number(),
    memoryMb: z.number(),
    diskFreeMb: z.number(),
    signalDbm: z.number(),
    dataUsedMb: z.number(),
    dataPlanMb: z.number(),
    doorOpen: z.boolean(),
    amplifierOn: z.boolean(),
    underVoltage: z.boolean(),
    uptimeMs: z.number(),
    journalPending: z.number(),
    outputDbfs: z.number(),
  })
  .partial();
export type Measurements = z.infer<typeof measurements>;

/** `…/health`, QoS 0. */
export const health = z.object({
  atMs: instantMs,
  measurements,
  speakers: z.array(z.object({ code: speakerCode, state: speakerState })).max(16),
});
export type Health = z.infer<typeof health>;
