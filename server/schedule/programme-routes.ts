import { listOf, page, problem } from '@tieng-lang/shared/contract/http/basics';
import { type Programme, programme, programmePatch, programmeRequest } from '@tieng-lang/shared/contract/http/schedule';
import { toIso } from '@tieng-lang/shared/time/clock';
import { type Route, route } from '../http/route.ts';
import type { StoredProgramme } from './programme-store.ts';
import type { Programmes } from './programmes.ts';

const WRITERS = ['admin', 'editor', 'broadcaster'] as const;

export function programmeRoutes(programmes: Programmes): Route[] {
  const answer = async (stored: StoredProgramme): Promise<Programme> => ({
    id: stored.id,
    name: stored.name,
    items: stored.items,
    durationMs: await programmes.durationMs(stored),
    createdAt: toIso(stored.createdAtMs),
    createdBy: stored.createdByName,
  });
  const fault = { description: 'Why not', schema: problem };
  const one = { description: 'The programme', schema: programme };
  return [
    route({
      method: 'post',
      path: '/programmes',
      tag: 'schedule',
      summary: 'Make a programme: bulletins, tunes, gaps and relays in order',
      access: WRITERS,
      body: programmeRequest,
      answers: { 201: one, 422: fault },
      handle: async ({ body, actor }) => ({ status: 201, body: await answer(await programmes.create(body, actor)) }),
    }),
    route({
      method: 'get',
      path: '/programmes',
      tag: 'schedule',
      summary: 'The programmes, newest first',
      access: 'signed-in',
      query: page,
      answers: { 200: { description: 'A page of programmes', schema: listOf(programme) } },
      handle: async ({ query }) => {
        const found = await programmes.list(query.limit, query.cursor);
        const next = found.length === query.limit ? (found.at(-1)?.id ?? null) : null;
        return { status: 200, body: { items: await Promise.all(found.map(answer)), next } };
      },
    }),
    route({
      method: 'get',
      path: '/programmes/:id',
      tag: 'schedule',
      summary: 'One programme',
      access: 'signed-in',
      answers: { 200: one, 404: fault },
      handle: async ({ params }) => ({ status: 200, body: await answer(await programmes.get(params.id ?? '')) }),
    }),
    route({
      method: 'patch',
      path: '/programmes/:id',
      tag: 'schedule',
      summary: 'Change a programme; every schedule with it changes too',
      access: WRITERS,
      body: programmePatch,
      answers: { 200: one, 404: fault, 422: fault },
      handle: async ({ params, body, actor }) => ({
        status: 200,
        body: await answer(await programmes.change(params.id ?? '', body, actor)),
      }),
    }),
    route({
      method: 'delete',
      path: '/programmes/:id',
      tag: 'schedule',
      summary: 'Remove a programme that no schedule uses',
      access: WRITERS,
      answers: { 204: { description: 'Removed' }, 404: fault, 409: fault },
      handle: async ({ params, actor }) => {
        await programmes.remove(params.id ?? '', actor);
        return { status: 204 };
      },
    }),
  ];
}
