import * as z from 'zod';
import { id, title } from '../basics.ts';
import { instant } from './basics.ts';

export const role = z.enum(['admin', 'editor', 'approver', 'broadcaster', 'village-head', 'technician', 'viewer', 'upstream']);
export type Role = z.infer<typeof role>;

/** The villages that a role is for; absent: the whole commune. */
export const areas = z.array(id).max(500);

export const username = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'letters, digits, ".", "_", "@" and "-" only');
/** Argon2 is given at most this much, so that a megabyte of password cannot hold a core. */
export const password = z.string().min(8, 'at least 8 characters').max(200);

export const sessionRequest = z.strictObject({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(200),
  totp: z.string().max(10).optional(),
});
export const user = z.object({ id, username: z.string(), role, areas: areas.nullable() });
export type User = z.infer<typeof user>;
export const sessionAnswer = z.object({ user, csrfToken: z.string() });

export const userRequest = z.strictObject({ username, password, role, areas: areas.optional() });
export const userItem = user.extend({ disabled: z.boolean(), createdAt: instant });
/** What is given is changed. A new password, a new role or being disabled ends the person's sessions. `areas: null`: the whole commune. */
export const userPatch = z.strictObject({
  role: role.optional(),
  areas: areas.nullable().optional(),
  password: password.optional(),
  disabled: z.boolean().optional(),
});
/** A person's own change of password. */
export const passwordRequest = z.strictObject({ current: z.string().min(1).max(200), password });

export const apiKeyRequest = z.strictObject({ name: title, role, areas: areas.optional() });
export const apiKeyAnswer = z.object({ id, key: z.string() });
export const apiKeyItem = z.object({
  id,
  name: z.string(),
  role,
  areas: areas.nullable(),
  createdAt: instant,
  lastUsedAt: instant.nullable(),
});

/** A line of the audit: who did what to what, and when. */
export const auditItem = z.object({
  id,
  at: instant,
  actor: z.object({ id: id.nullable(), name: z.string() }),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
