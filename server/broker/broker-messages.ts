import * as z from 'zod';

const devices = z.array(z.object({ deviceId: z.string(), serial: z.string() }));
const tls = z.object({ key: z.string(), certificate: z.string(), authority: z.string() });

/** What the server tells its broker process. */
export const toBroker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('configure'), host: z.string(), port: z.number(), tls, devices, logLevel: z.string() }),
  z.object({ type: z.literal('devices'), number: z.number(), devices }),
  z.object({ type: z.literal('tls'), tls }),
  z.object({ type: z.literal('stop') }),
]);
export type ToBroker = z.infer<typeof toBroker>;

const refused = z.object({ clientId: z.string(), topic: z.string(), reason: z.string(), count: z.number() });

/** What the broker process tells the server. */
export const fromBroker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('listening'), port: z.number() }),
  z.object({ type: z.literal('listen-failed'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('devices-applied'), number: z.number() }),
  z.object({ type: z.literal('refused'), items: z.array(refused) }),
]);
export type FromBroker = z.infer<typeof fromBroker>;
export type RefusedPublish = z.infer<typeof refused>;
