import { listOf } from '@tieng-lang/shared/contract/http/basics';
import { bulletin, bulletinPatch, bulletinQuery, bulletinRequest, refusalRequest } from '@tieng-lang/shared/contract/http/content';
import type { Language } from '@tieng-lang/shared/errors';
import { type Actor, type Route, route } from '../http/route.ts';
import type { Bulletins } from './bulletins.ts';

const TAG = 'bulletins';

const WRITERS = ['admin', 'editor', 'broadcaster'] as const;
/** Who may decide, on what others wrote. */
const APPROVERS = ['admin', 'approver'] as const;

const MISSING = { 404: { description: 'None of this id' } } as const;

export function bulletinRoutes({ bulletins }: { bulletins: Bulletins }): Route[] {
  /** A step, and the bulletin as it is after it. */
  const after = async (step: Promise<void>, id: string, language: Language) => {
    await step;
    return { status: 200, body: await bulletins.find(id, language) };
  };
  const decision = (options: {
    path: string;
    summary: string;
    access: Route['access'];
    take: (id: string, actor: Actor) => Promise<void>;
  }) =>
    route({
      method: 'post',
      path: options.path,
      tag: TAG,
      summary: options.summary,
      access: options.access,
      answers: { 200: { description: 'As it is now', schema: bulletin }, ...MISSING, 409: { description: 'Not from this state' } },
      handle: ({ params, actor, language }) => after(options.take(params.id ?? '', actor), params.id ?? '', language),
    });
  return [
    route({
      method: 'post',
      path: '/bulletins',
      tag: TAG,
      summary: 'A new draft, of a recording or of a text that is spoken',
      access: WRITERS,
      body: bulletinRequest,
      answers: { 201: { description: 'The draft', schema: bulletin } },
      async handle({ body, actor, language }) {
        const id = await bulletins.create(body, actor);
        return { status: 201, body: await bulletins.find(id, language), headers: { Location: `/api/v1/bulletins/${id}` } };
      },
    }),
    route({
      method: 'get',
      path: '/bulletins',
      tag: TAG,
      summary: 'The bulletins, newest first; `q` searches titles and texts without diacritics',
      access: 'signed-in',
      query: bulletinQuery,
      answers: { 200: { description: 'A page of them', schema: listOf(bulletin) } },
      async handle({ query, language }) {
        return { status: 200, body: await bulletins.list(query, language) };
      },
    }),
    route({
      method: 'get',
      path: '/bulletins/:id',
      tag: TAG,
      summary: 'One bulletin',
      access: 'signed-in',
      answers: { 200: { description: 'It', schema: bulletin }, ...MISSING },
      async handle({ params, language }) {
        return { status: 200, body: await bulletins.find(params.id ?? '', language) };
      },
    }),
    route({
      method: 'patch',
      path: '/bulletins/:id',
      tag: TAG,
      summary: 'Changes it, which makes it a draft again and voids its approval',
      access: WRITERS,
      body: bulletinPatch,
      answers: { 200: { description: 'As it is now', schema: bulletin }, ...MISSING },
      handle: ({ params, body, actor, language }) => after(bulletins.edit(params.id ?? '', body, actor), params.id ?? '', language),
    }),
    decision({
      path: '/bulletins/:id/submit',
      summary: 'Sends it for approval',
      access: WRITERS,
      take: (id, actor) => bulletins.submit(id, actor),
    }),
    decision({
      path: '/bulletins/:id/approve',
      summary: 'Approves it, by another person than its author',
      access: APPROVERS,
      take: (id, actor) => bulletins.approve(id, actor),
    }),
    route({
      method: 'post',
      path: '/bulletins/:id/refuse',
      tag: TAG,
      summary: 'Refuses it, with the reason',
      access: APPROVERS,
      body: refusalRequest,
      answers: { 200: { description: 'As it is now', schema: bulletin }, ...MISSING, 409: { description: 'Not from this state' } },
      handle: ({ params, body, actor, language }) =>
        after(bulletins.refuse(params.id ?? '', body.reason, actor), params.id ?? '', language),
    }),
  ];
}
