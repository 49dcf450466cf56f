import { listOf, page } from '@tieng-lang/shared/contract/http/basics';
import { auditItem } from '@tieng-lang/shared/contract/http/identity';
import { toIso } from '@tieng-lang/shared/time/clock';
import * as z from 'zod';
import { type Route, route } from '../http/route.ts';
import type { AuditStore } from './audit-store.ts';

export function auditRoutes(options: { store: AuditStore }): Route[] {
  return [
    route({
      method: 'get',
      path: '/audit',
      tag: 'Nhật ký hoạt động',
      summary: 'Ai đã làm gì, khi nào; mới nhất trước',
      access: ['admin'],
      query: page.extend({ cursor: z.coerce.number().int().positive().optional() }),
      answers: { 200: { description: 'Nhật ký hoạt động', schema: listOf(auditItem) } },
      async handle({ query }) {
        const found = await options.store.list(query.limit + 1, query.cursor);
        const items = found.slice(0, query.limit);
        const shown = items.map((line) => ({
          id: String(line.number),
          at: toIso(line.atMs),
          actor: { id: line.actorId, name: line.actorName },
          action: line.action,
          subject: line.subject,
          detail: line.detail,
        }));
        return { status: 200, body: { items: shown, next: found.length > items.length ? (shown.at(-1)?.id ?? null) : null } };
      },
    }),
  ];
}
