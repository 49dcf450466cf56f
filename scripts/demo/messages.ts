import * as z from 'zod';

/** What the server's process says to the one that started it, once it can be used. */
export const serverReady = z.object({ type: z.literal('ready'), httpPort: z.number(), mqttPort: z.number(), devicePort: z.number() });

/** What the fleet's process and its runner say to each other. */
export const fleetMessage = z.discriminatedUnion('type', [
  /** The agent has no identity yet: it asks for an enrolment code. */
  z.object({ type: z.literal('code-wanted'), cluster: z.string() }),
  z.object({ type: z.literal('code'), cluster: z.string(), code: z.string() }),
  z.object({ type: z.literal('agents-started'), clusters: z.array(z.string()) }),
]);
export type FleetMessage = z.infer<typeof fleetMessage>;
