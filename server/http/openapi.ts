import { problem } from '@tieng-lang/shared/contract/http/basics';
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { docsPage } from './docs-page.ts';
import { type Route, route } from './route.ts';

export type OpenapiDocument = ReturnType<typeof createDocument>;

/** The address and the description of the whole API, made from the very schemas that validate. */
export function openapiRoutes(options: { routes: readonly Route[]; version: string }): Route[] {
  const own: Route[] = [
    route({
      method: 'get',
      path: '/openapi.json',
      tag: 'Hệ thống',
      summary: 'Mô tả API (OpenAPI 3.1)',
      access: 'anyone',
      answers: { 200: { description: 'Tài liệu OpenAPI', schema: z.looseObject({ openapi: z.string() }) } },
      handle: () => ({ status: 200, body: document() }),
    }),
    route({
      method: 'get',
      path: '/docs',
      tag: 'Hệ thống',
      summary: 'Mô tả API để đọc',
      access: 'anyone',
      answers: { 200: { description: 'Trang HTML', contentType: 'text/html' } },
      handle: () => ({ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: docsPage(document()) }),
    }),
  ];
  let made: OpenapiDocument | undefined;
  const document = () => {
    made ??= describe([...options.routes, ...own], options.version);
    return made;
  };
  return own;
}

/** The OpenAPI document of these routes. */
export function describe(routes: readonly Route[], version: string): OpenapiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replace(/[:*](\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Tiếng Làng',
      version,
      description: 'Hệ thống truyền thanh thông minh cấp xã. Lỗi theo RFC 9457, thời điểm theo ISO 8601, mọi tiền tố là /api/v1.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'tl_session', description: 'Cần thêm X-CSRF-Token cho mọi thao tác thay đổi' },
        key: { type: 'http', scheme: 'bearer', description: 'Khoá API' },
      },
    },
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const names = [...route.path.matchAll(/[:*](\w+)/g)].map((found) => found[1] ?? '');
  const path = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const roles = typeof route.access === 'string' ? route.access : ['admin', ...route.access.filter((role) => role !== 'admin')].join(', ');
  return {
    operationId: `${route.method}${route.path.replace(/[^A-Za-z0-9]+(\w)?/g, (_whole, letter?: string) => letter?.toUpperCase() ?? '')}`,
    tags: [route.tag],
    summary: route.summary,
    description: `Ai được gọi: ${roles}`,
    ...(route.access === 'anyone' ? { security: [] } : { security: [{ session: [] }, { key: [] }] }),
    requestParams: {
      ...(names.length > 0 ? { path } : {}),
      ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
    },
    ...(route.body ? { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } } : {}),
    responses: responses(route),
  };
}

function responses(route: Route): ZodOpenApiResponsesObject {
  const described: ZodOpenApiResponsesObject = {
    default: { description: 'Lỗi (RFC 9457)', content: { 'application/problem+json': { schema: PROBLEM } } },
  };
  for (const [status, answer] of Object.entries(route.answers)) {
    const contentType = answer.contentType ?? 'application/json';
    const content = answer.schema
      ? { [contentType]: { schema: answer.schema } }
      : answer.contentType && { [contentType]: { schema: z.string() } };
    described[status as '200'] = { description: answer.description, ...(content ? { content } : {}) };
  }
  return described;
}

const PROBLEM = problem.meta({ id: 'Problem' });
