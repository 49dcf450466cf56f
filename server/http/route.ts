import type { Role } from '@tieng-lang/shared/contract/http/identity';
import type { Language } from '@tieng-lang/shared/errors';
import type { Request, Response } from 'express';
import type * as z from 'zod';

/** Who asks: a person with a session, or an API key, which acts as a user of its own. */
export interface Actor {
  id: string;
  /** The user name, or the key's name: what the audit and the records show. */
  name: string;
  role: Role;
  /** Villages that the role is for; null: the whole commune. */
  areas: readonly string[] | null;
  kind: 'user' | 'key';
}

export interface Context<Query, Body> {
  actor: Actor;
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  language: Language;
  request: Request;
  response: Response;
}

/** Undefined: the handler has answered by itself on `context.response` (files, streams). */
export type Reply = { status: number; body?: unknown; headers?: Readonly<Record<string, string>> } | undefined;

interface AnswerDoc {
  description: string;
  /** JSON unless `contentType` says otherwise. */
  schema?: z.ZodType;
  contentType?: string;
}

export interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType> {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Below `/api/v1`, in Express 5's syntax: `/media/:id`. */
  path: string;
  tag: string;
  summary: string;
  /** Every route says who may; there is no default. `anyone` needs no sign-in. */
  access: 'anyone' | 'signed-in' | readonly Role[];
  query?: Query;
  /** The JSON body. Without it the body is not read, and the handler may stream it. */
  body?: Body;
  answers: Readonly<Record<number, AnswerDoc>>;
  handle(context: Context<z.output<Query>, z.output<Body>>): Promise<Reply> | Reply;
}

/** A route with its types forgotten, as the application mounts and documents it. */
export type Route = RouteDefinition<z.ZodType, z.ZodType>;

/** Declares a route: what validates it also documents it (OpenAPI). */
export function route<Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
  definition: RouteDefinition<Query, Body>,
): Route {
  return definition as unknown as Route;
}
