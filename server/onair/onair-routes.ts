import { problem } from '@tieng-lang/shared/contract/http/basics';
import { onairAnswer, playAnswer, playRequest, stopAnswer, stopRequest } from '@tieng-lang/shared/contract/http/onair';
import { toIso } from '@tieng-lang/shared/time/clock';
import { type Route, route } from '../http/route.ts';
import type { Broadcasts } from './broadcasts.ts';

export function onairRoutes(broadcasts: Broadcasts): Route[] {
  const fault = { description: 'Why not', schema: problem };
  return [
    route({
      method: 'post',
      path: '/onair/play',
      tag: 'on air',
      summary: 'Play an approved bulletin or a programme now',
      access: ['admin', 'editor', 'broadcaster'],
      body: playRequest,
      answers: {
        202: { description: 'Ordered; each cluster starts at `startAt`', schema: playAnswer },
        404: fault,
        409: fault,
        422: fault,
      },
      handle: async ({ body, actor }) => {
        const { broadcastId, startAtMs, clusters } = await broadcasts.play(body, actor);
        return { status: 202, body: { broadcastId, startAt: toIso(startAtMs), clusters } };
      },
    }),
    route({
      method: 'post',
      path: '/onair/stop',
      tag: 'on air',
      summary: 'Silence one broadcast, or everything on some clusters, at once',
      access: ['admin', 'editor', 'approver', 'broadcaster'],
      body: stopRequest,
      answers: { 202: { description: 'Silenced', schema: stopAnswer }, 409: fault, 422: fault },
      handle: async ({ body, actor }) => ({ status: 202, body: { clusters: await broadcasts.stop(body, actor) } }),
    }),
    route({
      method: 'get',
      path: '/onair',
      tag: 'on air',
      summary: 'What each cluster sounds now',
      access: 'signed-in',
      answers: { 200: { description: 'One line a cluster', schema: onairAnswer } },
      handle: async () => ({ status: 200, body: { clusters: await broadcasts.all() } }),
    }),
  ];
}
