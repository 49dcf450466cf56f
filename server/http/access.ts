import type { IncomingMessage } from 'node:http';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Actor, Route } from './route.ts';

/**
 * Says who asks, by the session's cookie or an API key.
 * `touch: false` looks without counting as a sign of life: a page left open must not keep its session for ever.
 * @throws CodedError `csrf-token-missing` for an unsafe request by cookie without the session's token
 */
export type Authenticate = (request: IncomingMessage, options?: { touch?: boolean }) => Promise<Actor | undefined>;

/** Who asks where nobody need sign in: it has no rights, and its area is no village at all. */
const ANYONE: Actor = { id: 'anyone', name: 'anyone', role: 'viewer', areas: [], kind: 'user' };

/**
 * The actor, if the route is open to them. Deny by default: a route without `access`, or with an unknown one, is closed.
 * @throws CodedError `not-signed-in`, `forbidden`, `csrf-token-missing`
 */
export async function admit(route: Pick<Route, 'access'>, request: IncomingMessage, authenticate: Authenticate): Promise<Actor> {
  if (route.access === 'anyone') return ANYONE;
  const actor = await authenticate(request);
  if (!actor) throw new CodedError('not-signed-in');
  if (!mayUse(route.access, actor)) throw new CodedError('forbidden');
  return actor;
}

/** An administrator may do all; for the rest the route names the roles. */
export function mayUse(access: Route['access'], actor: Pick<Actor, 'role'>): boolean {
  if (access === 'signed-in' || access === 'anyone') return true;
  return Array.isArray(access) && (actor.role === 'admin' || access.includes(actor.role));
}
