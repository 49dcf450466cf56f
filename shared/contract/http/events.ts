import * as z from 'zod';
import { alarm } from '../journal.ts';
import { cluster } from './clusters.ts';
import { bulletin, media } from './content.ts';
import { onairCluster } from './onair.ts';

/** Server-sent events: the name, and what its data hold. Each says the whole of the thing that changed. */
export const serverEvents = {
  onair: onairCluster,
  cluster,
  alert: z.object({ cluster: z.string(), at: z.string(), alarm }),
  media,
  bulletin,
} as const;
export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;
