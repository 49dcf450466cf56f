import { randomBytes } from 'node:crypto';
import { listOf, page } from '@tieng-lang/shared/contract/http/basics';
import { userItem, userPatch, userRequest } from '@tieng-lang/shared/contract/http/identity';
import { CodedError } from '@tieng-lang/shared/errors';
import { type Clock, toIso } from '@tieng-lang/shared/time/clock';
import { type Route, route } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import type { Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import { type UserChange, type UserOnFile, type UserStore, usernameKey } from './user-store.ts';

const tag = 'Người dùng';

export function userRoutes(options: {
  users: UserStore;
  sessions: Sessions;
  passwords: Passwords;
  audit: AuditService;
  clock: Clock;
}): Route[] {
  const { users, sessions, passwords, audit, clock } = options;
  return [
    route({
      method: 'get',
      path: '/users',
      tag,
      summary: 'Danh sách người dùng',
      access: ['admin'],
      query: page,
      answers: { 200: { description: 'Theo tên', schema: listOf(userItem) } },
      async handle({ query }) {
        const found = await users.list(query.limit + 1, query.cursor);
        const items = found.slice(0, query.limit);
        const last = items.at(-1);
        const next = found.length > items.length && last ? usernameKey(last.username) : null;
        return { status: 200, body: { items: items.map(shown), next } };
      },
    }),
    route({
      method: 'post',
      path: '/users',
      tag,
      summary: 'Thêm người dùng',
      access: ['admin'],
      body: userRequest,
      answers: { 201: { description: 'Đã thêm', schema: userItem }, 409: { description: 'Tên đăng nhập đã có' } },
      async handle({ actor, body }) {
        const user: UserOnFile = {
          id: makeUserId(),
          username: body.username,
          passwordHash: await passwords.hash(body.password),
          role: body.role,
          areas: body.areas ?? null,
          disabled: false,
          createdAtMs: clock.nowMs(),
        };
        if (!(await users.add(user))) throw new CodedError('username-taken');
        await audit.audit(actor, 'user-added', user.id, { username: user.username, role: user.role, areas: user.areas });
        return { status: 201, body: shown(user) };
      },
    }),
    route({
      method: 'patch',
      path: '/users/:id',
      tag,
      summary: 'Sửa vai trò, địa bàn, mật khẩu; khoá hoặc mở khoá',
      access: ['admin'],
      body: userPatch,
      answers: { 200: { description: 'Đã sửa', schema: userItem }, 409: { description: 'Quản trị viên cuối cùng' } },
      async handle({ actor, body, params, request }) {
        const id = params.id ?? '';
        if (!(await users.byId(id))) throw new CodedError('not-found');
        const { password, ...rest } = body;
        const change: UserChange = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        if (password !== undefined) change.passwordHash = await passwords.hash(password);
        if (!(await users.change(id, change))) throw new CodedError('last-administrator');
        // A new role or area holds from the next request on by itself.
        if (password !== undefined || body.disabled) await sessions.endOthers(id, request);
        await audit.audit(actor, 'user-changed', id, { ...rest, passwordChanged: password !== undefined });
        const changed = await users.byId(id);
        if (!changed) throw new CodedError('not-found');
        return { status: 200, body: shown(changed) };
      },
    }),
  ];
}

export function makeUserId(): string {
  return `usr_${randomBytes(12).toString('base64url')}`;
}

function shown(user: UserOnFile) {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    areas: user.areas,
    disabled: user.disabled,
    createdAt: toIso(user.createdAtMs),
  };
}
