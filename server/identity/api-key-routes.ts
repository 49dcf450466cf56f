import { listOf, page } from '@tieng-lang/shared/contract/http/basics';
import { apiKeyAnswer, apiKeyItem, apiKeyRequest } from '@tieng-lang/shared/contract/http/identity';
import { CodedError } from '@tieng-lang/shared/errors';
import { toIso } from '@tieng-lang/shared/time/clock';
import { type Route, route } from '../http/route.ts';
import type { AuditService } from '../services.ts';
import type { ApiKeys } from './api-keys.ts';

const tag = 'Khoá API';

export function apiKeyRoutes(options: { apiKeys: ApiKeys; audit: AuditService }): Route[] {
  const { apiKeys, audit } = options;
  return [
    route({
      method: 'get',
      path: '/api-keys',
      tag,
      summary: 'Danh sách khoá API',
      access: ['admin'],
      query: page,
      answers: { 200: { description: 'Các khoá còn hiệu lực, không có chính khoá', schema: listOf(apiKeyItem) } },
      async handle({ query }) {
        const found = await apiKeys.list(query.limit + 1, query.cursor);
        const items = found.slice(0, query.limit);
        const shown = items.map(({ createdAtMs, usedAtMs, ...key }) => ({
          ...key,
          createdAt: toIso(createdAtMs),
          lastUsedAt: usedAtMs === null ? null : toIso(usedAtMs),
        }));
        return { status: 200, body: { items: shown, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null } };
      },
    }),
    route({
      method: 'post',
      path: '/api-keys',
      tag,
      summary: 'Tạo khoá API',
      access: ['admin'],
      body: apiKeyRequest,
      answers: { 201: { description: 'Khoá, chỉ hiện một lần', schema: apiKeyAnswer } },
      async handle({ actor, body }) {
        const made = await apiKeys.make({ name: body.name, role: body.role, areas: body.areas ?? null, createdBy: actor.id });
        await audit.audit(actor, 'api-key-made', made.id, { name: body.name, role: body.role, areas: body.areas ?? null });
        return { status: 201, body: made };
      },
    }),
    route({
      method: 'delete',
      path: '/api-keys/:id',
      tag,
      summary: 'Thu hồi khoá API',
      access: ['admin'],
      answers: { 204: { description: 'Đã thu hồi' } },
      async handle({ actor, params }) {
        const id = params.id ?? '';
        if (!(await apiKeys.revoke(id))) throw new CodedError('not-found');
        await audit.audit(actor, 'api-key-revoked', id);
        return { status: 204 };
      },
    }),
  ];
}
