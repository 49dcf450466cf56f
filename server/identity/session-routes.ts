import { passwordRequest, sessionAnswer, sessionRequest } from '@tieng-lang/shared/contract/http/identity';
import { CodedError } from '@tieng-lang/shared/errors';
import { type Route, route } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import type { Passwords } from './passwords.ts';
import { csrfTokenOf } from './secrets.ts';
import { cookieFor, type Sessions, tokenOf } from './sessions.ts';
import type { UserOnFile, UserStore } from './user-store.ts';

const tag = 'Đăng nhập';

export function sessionRoutes(options: { sessions: Sessions; users: UserStore; passwords: Passwords; audit: AuditService }): Route[] {
  const { sessions, users, passwords, audit } = options;
  return [
    route({
      method: 'post',
      path: '/session',
      tag,
      summary: 'Đăng nhập',
      access: 'anyone',
      body: sessionRequest,
      answers: {
        200: { description: 'Đã đăng nhập; cookie tl_session được đặt', schema: sessionAnswer },
        401: { description: 'Sai tên đăng nhập hoặc mật khẩu' },
        429: { description: 'Sai quá nhiều lần' },
      },
      async handle({ body, request }) {
        const { token, user } = await sessions.signIn(body, request);
        await audit.audit({ id: user.id, name: user.username }, 'signed-in', user.id, { address: request.socket.remoteAddress });
        return {
          status: 200,
          headers: { 'Set-Cookie': cookieFor(token, request) },
          body: { user: shown(user), csrfToken: csrfTokenOf(token) },
        };
      },
    }),
    route({
      method: 'get',
      path: '/session',
      tag,
      summary: 'Người đang đăng nhập',
      access: 'signed-in',
      answers: { 200: { description: 'Người dùng và mã chống giả mạo', schema: sessionAnswer } },
      handle({ actor, request }) {
        const token = actor.kind === 'user' ? tokenOf(request) : undefined;
        const user = { id: actor.id, username: actor.name, role: actor.role, areas: actor.areas };
        return { status: 200, body: { user, csrfToken: token === undefined ? '' : csrfTokenOf(token) } };
      },
    }),
    route({
      method: 'delete',
      path: '/session',
      tag,
      summary: 'Đăng xuất',
      access: 'signed-in',
      answers: { 204: { description: 'Phiên đã kết thúc' } },
      async handle({ request }) {
        await sessions.signOut(request);
        return { status: 204, headers: { 'Set-Cookie': cookieFor(undefined, request) } };
      },
    }),
    route({
      method: 'put',
      path: '/session/password',
      tag,
      summary: 'Đổi mật khẩu của mình',
      access: 'signed-in',
      body: passwordRequest,
      answers: { 204: { description: 'Đã đổi; các phiên khác của mình đã kết thúc' }, 401: { description: 'Mật khẩu cũ không đúng' } },
      async handle({ actor, body, request }) {
        const user = await users.byId(actor.id);
        if (!user) throw new CodedError('forbidden');
        await sessions.prove(user, { username: user.username, password: body.current }, request);
        await users.change(user.id, { passwordHash: await passwords.hash(body.password) });
        await sessions.endOthers(user.id, request);
        await audit.audit(actor, 'password-changed', user.id);
        return { status: 204 };
      },
    }),
  ];
}

function shown(user: UserOnFile) {
  return { id: user.id, username: user.username, role: user.role, areas: user.areas };
}
