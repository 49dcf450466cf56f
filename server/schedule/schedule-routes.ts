import { STATUS_CODES } from 'node:http';
import { listOf, page, problem } from '@tieng-lang/shared/contract/http/basics';
import {
  schedule,
  scheduleCheckAnswer,
  scheduleCheckRequest,
  schedulePatch,
  scheduleRequest,
} from '@tieng-lang/shared/contract/http/schedule';
import { describeError, ERRORS, type Language } from '@tieng-lang/shared/errors';
import { type Reply, type Route, route } from '../http/route.ts';
import { toAnswer } from './schedule.ts';
import { type CheckResult, checkAnswer } from './schedule-check.ts';
import type { StoredSchedule } from './schedule-store.ts';
import type { Schedules, Undecided } from './schedules.ts';

const WRITERS = ['admin', 'editor', 'broadcaster'] as const;

/** How many occurrences a refusal to save shows; the clashes it names may be of later ones. */
const SHOWN_WHEN_UNDECIDED = 100;

export function scheduleRoutes(schedules: Schedules): Route[] {
  const answers = async (stored: readonly StoredSchedule[]) => {
    const compositions = await schedules.compositions(stored);
    return stored.map((each, index) => toAnswer(each, compositions[index]));
  };
  const saved = async (status: number, result: StoredSchedule | Undecided, language: Language): Promise<Reply> => {
    if ('undecided' in result) return undecided(result.undecided, language);
    return { status, body: (await answers([result]))[0] };
  };
  const fault = { description: 'Why not', schema: problem };
  const clash = { description: 'A clash or a breach without a decision', schema: scheduleCheckAnswer.extend(problem.shape) };
  const one = { description: 'The schedule', schema: schedule };
  return [
    route({
      method: 'post',
      path: '/schedules/check',
      tag: 'schedule',
      summary: 'What a schedule would do; nothing is saved',
      access: 'signed-in',
      body: scheduleCheckRequest,
      answers: { 200: { description: 'Occurrences, clashes and breaches', schema: scheduleCheckAnswer }, 422: fault },
      handle: async ({ body, language }) => {
        const { from, limit, scheduleId, ...fields } = body;
        const fromMs = from === undefined ? undefined : Date.parse(from);
        const result = await schedules.check(fields, { scheduleId, fromMs, limit, language });
        return { status: 200, body: checkAnswer(result, limit) };
      },
    }),
    route({
      method: 'post',
      path: '/schedules',
      tag: 'schedule',
      summary: 'Make a schedule',
      access: WRITERS,
      body: scheduleRequest,
      answers: { 201: one, 409: clash, 422: fault },
      handle: async ({ body, actor, language }) => saved(201, await schedules.create(body, actor, language), language),
    }),
    route({
      method: 'get',
      path: '/schedules',
      tag: 'schedule',
      summary: 'The schedules, newest first',
      access: 'signed-in',
      query: page,
      answers: { 200: { description: 'A page of schedules', schema: listOf(schedule) } },
      handle: async ({ query }) => {
        const found = await schedules.list(query.limit, query.cursor);
        const next = found.length === query.limit ? (found.at(-1)?.id ?? null) : null;
        return { status: 200, body: { items: await answers(found), next } };
      },
    }),
    route({
      method: 'get',
      path: '/schedules/:id',
      tag: 'schedule',
      summary: 'One schedule',
      access: 'signed-in',
      answers: { 200: one, 404: fault },
      handle: async ({ params }) => ({ status: 200, body: (await answers([await schedules.get(params.id ?? '')]))[0] }),
    }),
    route({
      method: 'patch',
      path: '/schedules/:id',
      tag: 'schedule',
      summary: 'Change a schedule; what clashes must be decided anew',
      access: WRITERS,
      body: schedulePatch,
      answers: { 200: one, 404: fault, 409: clash, 422: fault },
      handle: async ({ params, body, actor, language }) =>
        saved(200, await schedules.change(params.id ?? '', body, actor, language), language),
    }),
    route({
      method: 'delete',
      path: '/schedules/:id',
      tag: 'schedule',
      summary: 'Remove a schedule',
      access: WRITERS,
      answers: { 204: { description: 'Removed' }, 404: fault },
      handle: async ({ params, actor }) => {
        await schedules.remove(params.id ?? '', actor);
        return { status: 204 };
      },
    }),
  ];
}

/** The check's answer and the problem in one body (409). */
function undecided(result: CheckResult, language: Language): Reply {
  const { status } = ERRORS['needs-decision'];
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', 'Content-Language': language },
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Conflict',
      status,
      code: 'needs-decision',
      detail: describeError('needs-decision', language),
      ...checkAnswer(result, SHOWN_WHEN_UNDECIDED),
    },
  };
}
