import { CodedError } from '@tieng-lang/shared/errors';
import type { Actor } from './route.ts';

/**
 * Refuses clusters outside the villages that an actor is for.
 * @throws CodedError `outside-area`
 */
export function assertWithinArea(
  actor: Pick<Actor, 'areas'>,
  codes: readonly string[],
  clusters: readonly { code: string; villageId: string | null }[],
): void {
  const { areas } = actor;
  if (areas === null) return;
  const villageOf = new Map(clusters.map((cluster) => [cluster.code, cluster.villageId]));
  for (const code of codes) {
    const village = villageOf.get(code);
    if (!village || !areas.includes(village)) throw new CodedError('outside-area');
  }
}
