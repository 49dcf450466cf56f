import { occurrence, programme, schedule, scheduleCheckAnswer } from '@tieng-lang/shared/contract/http/schedule';
import { pino } from 'pino';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Events } from '../events.ts';
import { createTrialServer, type TrialServer } from '../identity/trial-server.ts';
import type { ScheduleService } from '../services.ts';
import { createSchedule } from './schedule-service.ts';
import { type TrialCommune, trialCommune } from './trial-commune.ts';

let commune: TrialCommune;
let server: TrialServer;
let service: ScheduleService;
let changes: number;
let editor: string;

beforeEach(async () => {
  commune = trialCommune();
  changes = 0;
  const log = pino({ level: 'silent' });
  const events = new Events(log);
  events.on('schedule changed', () => {
    changes++;
  });
  server = await createTrialServer({
    routes: ({ db, clock, identity }) => {
      const made = createSchedule({ db, clock, log, events, content: commune.content, fleet: commune.fleet, audit: identity });
      service = made;
      return made.routes;
    },
  });
  editor = await server.bearer('editor');
  commune.bulletin('b1', { durationMs: 120_000 });
  commune.bulletin('b2', { durationMs: 300_000, level: 'priority' });
});

afterEach(() => server.close());

const morning = { bulletinId: 'b1', targets: { all: true }, start: '2026-11-24T05:30', rrule: 'FREQ=DAILY' };
const post = (path: string, body: object, as = editor) => supertest(server.app).post(`/api/v1${path}`).set('Authorization', as).send(body);
const get = (path: string, as = editor) => supertest(server.app).get(`/api/v1${path}`).set('Authorization', as);
const patch = (path: string, body: object) => supertest(server.app).patch(`/api/v1${path}`).set('Authorization', editor).send(body);
const remove = (path: string) => supertest(server.app).delete(`/api/v1${path}`).set('Authorization', editor);
const created = async (body: object): Promise<string> => {
  const answer = await post('/schedules', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return schedule.parse(answer.body).id;
};
const occurrences = async (from = '2026-11-24T00:00:00Z', to = '2026-12-01T00:00:00Z', more = '') =>
  z.object({ items: z.array(occurrence), next: z.null() }).parse((await get(`/occurrences?from=${from}&to=${to}${more}`)).body).items;

describe('a schedule', () => {
  test('is saved, told of, and shows what plays where when', async () => {
    const answer = await post('/schedules', morning);
    expect(answer.status).toBe(201);
    expect(schedule.parse(answer.body)).toMatchObject({ title: 'Bản tin b1', timeZone: 'Asia/Ho_Chi_Minh', level: 'normal', volume: null });
    expect(changes).toBe(1);
    const items = await occurrences('2026-11-23T00:00:00Z', '2026-11-26T00:00:00Z');
    expect(items.map(({ startAt }) => startAt)).toEqual([
      '2026-11-23T22:30:00.000Z',
      '2026-11-24T22:30:00.000Z',
      '2026-11-25T22:30:00.000Z',
    ]);
    expect(items[0]).toMatchObject({ endAt: '2026-11-23T22:32:00.000Z', clusters: ['HD-01', 'HD-02', 'HD-03'], reason: null });
  });

  test('shows one that is sounding at the beginning of the span, and none that has ended', async () => {
    await created(morning);
    expect(await occurrences('2026-11-23T22:31:00Z', '2026-11-23T23:00:00Z')).toHaveLength(1);
    expect(await occurrences('2026-11-23T22:32:00Z', '2026-11-23T23:00:00Z')).toHaveLength(0);
  });

  test('is shown for one cluster when asked for one', async () => {
    await created({ ...morning, targets: { clusters: ['HD-02'] } });
    expect(await occurrences(undefined, undefined, '&cluster=HD-02')).toHaveLength(7);
    expect(await occurrences(undefined, undefined, '&cluster=HD-01')).toHaveLength(0);
  });

  test('takes the level of what it plays, unless it is given one', async () => {
    await created({ ...morning, bulletinId: 'b2', targets: { clusters: ['HD-01'] } });
    await created({ ...morning, bulletinId: 'b2', targets: { clusters: ['HD-02'] }, level: 'normal' });
    const levels = new Map((await occurrences()).map(({ clusters, level }) => [clusters[0], level]));
    expect([levels.get('HD-01'), levels.get('HD-02')]).toEqual(['priority', 'normal']);
  });

  test('keeps the ids of its broadcasts when it is read again', async () => {
    await created(morning);
    const first = await service.occurrences(0, Date.UTC(2027, 0, 1));
    const again = await service.occurrences(0, Date.UTC(2027, 0, 1));
    expect(again.map(({ broadcastId }) => broadcastId)).toEqual(first.map(({ broadcastId }) => broadcastId));
    expect(new Set(first.map(({ broadcastId }) => broadcastId)).size).toBe(first.length);
  });

  test('with a bulletin that is not approved stays visible with its reason and sounds nothing', async () => {
    await created(morning);
    commune.bulletin('b1', { state: 'draft' });
    const items = await occurrences();
    expect(items).toHaveLength(7);
    expect(items[0]).toMatchObject({ items: [], reason: 'not-approved' });
  });

  test('can be changed, and null takes a field away', async () => {
    const id = await created({ ...morning, volume: 50, validUntil: '2026-11-25' });
    const answer = await patch(`/schedules/${id}`, { start: '2026-11-24T06:00', validUntil: null });
    expect(answer.body).toMatchObject({ start: '2026-11-24T06:00', validUntil: null, volume: 50, rrule: 'FREQ=DAILY' });
    expect(await occurrences()).toHaveLength(7);
    expect((await patch('/schedules/none', { volume: 3 })).status).toBe(404);
  });

  test('can be removed, and then plays no more', async () => {
    const id = await created(morning);
    expect((await remove(`/schedules/${id}`)).status).toBe(204);
    expect(await occurrences()).toHaveLength(0);
    expect((await get(`/schedules/${id}`)).status).toBe(404);
    expect((await remove(`/schedules/${id}`)).status).toBe(404);
  });

  test.each([
    ['an unknown bulletin', { bulletinId: 'nothing' }, 'invalid-input'],
    ['a rule that is none', { rrule: 'every day' }, 'invalid-rrule'],
    ['an unknown zone', { timeZone: 'Asia/Nowhere' }, 'unknown-time-zone'],
    ['an unknown cluster', { targets: { clusters: ['XX-99'] } }, 'unknown-target'],
    ['no cluster at all', { targets: { clusters: [] } }, 'no-targets'],
    ['a date that is none', { start: '2026-02-30T05:30' }, 'invalid-input'],
    ['two things to play', { programmeId: 'p' }, 'invalid-input'],
    ['an unknown field', { volumee: 3 }, 'invalid-input'],
  ])('is refused for %s, with a code', async (_case, change, code) => {
    const answer = await post('/schedules', { ...morning, ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe(code);
    expect((await post('/schedules/check', { ...morning, ...change })).body.code).toBe(code);
  });

  test('is made by those who may and read by all who are signed in', async () => {
    for (const role of ['viewer', 'technician', 'approver'] as const) {
      expect((await post('/schedules', morning, await server.bearer(role))).status).toBe(403);
      expect((await get('/schedules', await server.bearer(role))).status).toBe(200);
    }
    expect((await supertest(server.app).get('/api/v1/occurrences')).status).toBe(401);
  });

  test('is listed in pages, newest first, each once', async () => {
    const ids: string[] = [];
    for (let hour = 6; hour < 11; hour++) {
      ids.unshift(await created({ ...morning, start: `2026-11-24T${String(hour).padStart(2, '0')}:00` }));
      server.clock.advance(10);
    }
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await get(`/schedules?limit=2${cursor}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toEqual(ids);
  });
});

describe('before saving', () => {
  const checked = async (body: object) => scheduleCheckAnswer.parse((await post('/schedules/check', body)).body);

  test('the occurrences are shown and nothing is saved', async () => {
    const { occurrences: shown, conflicts, policy } = await checked({ ...morning, limit: 3 });
    expect(shown.map(({ startAt }) => startAt)).toEqual([
      '2026-11-23T22:30:00.000Z',
      '2026-11-24T22:30:00.000Z',
      '2026-11-25T22:30:00.000Z',
    ]);
    expect([...conflicts, ...policy]).toEqual([]);
    expect((await get('/schedules')).body.items).toEqual([]);
    expect(changes).toBe(0);
  });

  test('a thousand occurrences from any instant on are shown whatever clashes', async () => {
    await created(morning);
    const answer = await checked({ ...morning, start: '2020-01-01T05:30', from: '2026-11-25T00:00:00+07:00', limit: 1000 });
    expect(answer.occurrences).toHaveLength(1000);
    expect(answer.occurrences[0]?.startAt).toBe('2026-11-24T22:30:00.000Z');
    expect(answer.conflicts).toHaveLength(1000);
  });

  test('a clash says with what, where, and what will sound', async () => {
    const first = await created({ ...morning, targets: { clusters: ['HD-01', 'HD-02'] } });
    const { conflicts } = await checked({
      bulletinId: 'b2',
      targets: { clusters: ['HD-02', 'HD-03'] },
      start: '2026-11-25T05:31',
    });
    expect(conflicts).toEqual([
      {
        kind: 'overlap',
        startAt: '2026-11-24T22:31:00.000Z',
        endAt: '2026-11-24T22:36:00.000Z',
        with: {
          scheduleId: first,
          title: 'Bản tin b1',
          level: 'normal',
          startAt: '2026-11-24T22:30:00.000Z',
          endAt: '2026-11-24T22:32:00.000Z',
        },
        clusters: ['HD-02'],
        effect: 'this-plays',
      },
    ]);
  });

  test('of two alike the one that was there first sounds', async () => {
    await created(morning);
    expect((await checked(morning)).conflicts[0]?.effect).toBe('other-plays');
  });

  test('what only touches, is elsewhere, or is itself, does not clash', async () => {
    const id = await created(morning);
    expect((await checked({ ...morning, start: '2026-11-24T05:32' })).conflicts).toEqual([]);
    expect((await checked({ ...morning, scheduleId: id, start: '2026-11-24T05:31' })).conflicts).toEqual([]);
    const elsewhere = await created({ ...morning, start: '2026-11-24T07:00', targets: { clusters: ['HD-01'] } });
    expect(elsewhere).toBeTruthy();
    expect((await checked({ ...morning, start: '2026-11-24T07:00', targets: { clusters: ['HD-02'] } })).conflicts).toEqual([]);
  });

  test.each([
    ['drop', { action: 'drop' }],
    ['đã hỏi lãnh đạo', { action: 'keep-both', reason: 'đã hỏi lãnh đạo' }],
    [{ chấp_nhận: true }, { action: 'keep-both', reason: '{"chấp_nhận":true}' }],
  ])('a decision in free words (%j) settles a clash and is kept', async (said, kept) => {
    await created(morning);
    const saved = await post('/schedules', { ...morning, start: '2026-11-24T05:31', decision: said });
    expect([saved.status, saved.body.decision]).toEqual([201, kept]);
  });

  test('an unsettled clash is not saved; with a decision it is, and the decision is kept', async () => {
    await created(morning);
    const clashing = { ...morning, start: '2026-11-24T05:31' };
    const refused = await post('/schedules', clashing);
    expect(refused.status).toBe(409);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'needs-decision', status: 409 });
    expect(scheduleCheckAnswer.parse(refused.body).conflicts.length).toBeGreaterThan(0);
    expect((await get('/schedules')).body.items).toHaveLength(1);
    const decision = { action: 'keep-both', reason: 'cả hai đều cần' };
    const saved = await post('/schedules', { ...clashing, decision });
    expect(saved.status).toBe(201);
    expect(saved.body.decision).toEqual(decision);
  });

  test('a change that brings a clash must be decided too', async () => {
    await created(morning);
    const id = await created({ ...morning, start: '2026-11-24T09:00' });
    expect((await patch(`/schedules/${id}`, { start: '2026-11-24T05:31' })).status).toBe(409);
    expect((await get(`/schedules/${id}`)).body.start).toBe('2026-11-24T09:00');
    expect((await patch(`/schedules/${id}`, { start: '2026-11-24T05:31', decision: { action: 'cut' } })).status).toBe(200);
  });

  test.each([
    ['20:59 until 21:01', '2026-11-24T20:59', 'b1', ['quiet-hours']],
    ['20:58 until 21:00', '2026-11-24T20:58', 'b1', []],
    ['midnight', '2026-11-24T00:00', 'b1', ['quiet-hours']],
    ['04:59', '2026-11-24T04:59', 'b1', ['quiet-hours']],
    ['05:00', '2026-11-24T05:00', 'b1', []],
    ['midnight, of priority', '2026-11-24T00:00', 'b2', []],
    ['a session of 61 minutes', '2026-11-24T06:00', 'long', ['longest-session']],
  ])('the policy on %s', async (_case, start, bulletinId, rules) => {
    commune.bulletin('long', { durationMs: 61 * 60_000 });
    const { policy } = await checked({ bulletinId, targets: { all: true }, start });
    expect(policy.map(({ rule }) => rule)).toEqual(rules);
    const saved = await post('/schedules', { bulletinId, targets: { all: true }, start });
    expect(saved.status).toBe(rules.length > 0 ? 409 : 201);
  });

  test('a rule by which a broadcast begins before the last has ended is a breach', async () => {
    const { policy } = await checked({ ...morning, rrule: 'FREQ=MINUTELY;COUNT=3' });
    expect(policy.map(({ rule }) => rule)).toEqual(['overlaps-itself', 'overlaps-itself']);
    expect(policy[0]?.message).toContain('chưa xong');
  });
});

describe('who pre-empts whom', () => {
  test('a session that something of a higher level cuts into says so', async () => {
    await created(morning);
    await created({
      ...morning,
      bulletinId: 'b2',
      targets: { clusters: ['HD-02'] },
      start: '2026-11-24T05:31',
      decision: { action: 'cut' },
    });
    const [session, urgent] = await service.occurrences(Date.UTC(2026, 10, 23, 22), Date.UTC(2026, 10, 23, 23));
    expect(session?.displacedOn).toEqual([{ cluster: 'HD-02', byBroadcastId: urgent?.broadcastId }]);
    expect(urgent?.displacedOn).toEqual([]);
  });
});

describe('a schedule that gives way by decision', () => {
  test('does not sound beside another, and sounds elsewhere and at other times', async () => {
    await created({ ...morning, targets: { clusters: ['HD-01'] }, rrule: 'FREQ=DAILY;COUNT=1' });
    const id = await created({
      ...morning,
      start: '2026-11-24T05:31',
      targets: { clusters: ['HD-01', 'HD-02'] },
      decision: { action: 'drop' },
    });
    const own = (await occurrences('2026-11-23T00:00:00Z', '2026-11-25T23:00:00Z')).filter(({ scheduleId }) => scheduleId === id);
    expect(own.map(({ clusters }) => clusters)).toEqual([['HD-02'], ['HD-01', 'HD-02'], ['HD-01', 'HD-02']]);
  });

  test('is shown with its reason where nothing of it is left', async () => {
    await created(morning);
    const id = await created({ ...morning, start: '2026-11-24T05:31', decision: { action: 'drop' } });
    const own = (await occurrences()).filter(({ scheduleId }) => scheduleId === id);
    expect(own[0]).toMatchObject({ items: [], reason: 'dropped' });
  });
});

describe('a programme', () => {
  const items = [{ tuneId: 'tune-opening' }, { bulletinId: 'b1' }, { gapMs: 1500 }, { bulletinId: 'b2' }];

  test('lays its items back to back with its gaps between them', async () => {
    const answer = await post('/programmes', { name: 'Buổi sáng', items });
    expect(answer.status).toBe(201);
    expect(programme.parse(answer.body)).toMatchObject({ durationMs: 6000 + 120_000 + 1500 + 300_000 });
    const { items: laid } = await service.compose({ programmeId: answer.body.id });
    expect(laid.map(({ offsetMs }) => offsetMs)).toEqual([0, 6000, 127_500]);
    expect(laid.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test('closes up over what is not approved, and has no silence at its ends', async () => {
    commune.bulletin('b3', { state: 'waiting' });
    const { body } = await post('/programmes', {
      name: 'Buổi trưa',
      items: [{ gapMs: 1000 }, { bulletinId: 'b3' }, { gapMs: 1000 }, { bulletinId: 'b1' }, { gapMs: 1000 }],
    });
    expect(body.durationMs).toBe(120_000);
    await created({ programmeId: body.id, targets: { all: true }, start: '2026-11-24T05:30' });
    const [shown] = await occurrences('2026-11-23T00:00:00Z', '2026-11-25T00:00:00Z');
    expect(shown).toMatchObject({ reason: 'not-approved', items: [{ title: 'Bản tin b1', offsetMs: 0 }] });
  });

  test('keeps a relay for a later version, and leaves it out of what sounds', async () => {
    const relay = { relay: { url: 'https://example.vn/live', maxMs: 60_000 } };
    const { body } = await post('/programmes', { name: 'Tiếp âm', items: [relay, { bulletinId: 'b1' }] });
    expect(body.items[0]).toEqual(relay);
    const composition = await service.compose({ programmeId: body.id });
    expect(composition.leftOut).toEqual([{ title: relay.relay.url, reason: 'relay-later' }]);
    expect(composition.items).toHaveLength(1);
  });

  test('names what it lacks by its place', async () => {
    const { status, body } = await post('/programmes', { name: 'x', items: [{ bulletinId: 'b1' }, { tuneId: 'nothing' }] });
    expect(status).toBe(422);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(['items.1.tuneId']);
  });

  test('stays while a schedule needs it', async () => {
    const { body } = await post('/programmes', { name: 'Buổi sáng', items });
    const id = await created({ programmeId: body.id, targets: { all: true }, start: '2026-11-24T05:30' });
    expect((await remove(`/programmes/${body.id}`)).body.code).toBe('in-use');
    await remove(`/schedules/${id}`);
    expect((await remove(`/programmes/${body.id}`)).status).toBe(204);
  });

  test('that is changed changes every session with it', async () => {
    const { body } = await post('/programmes', { name: 'Buổi sáng', items });
    await created({ programmeId: body.id, targets: { all: true }, start: '2026-11-24T05:30' });
    const before = changes;
    expect((await patch(`/programmes/${body.id}`, { items: [{ bulletinId: 'b1' }] })).body.durationMs).toBe(120_000);
    expect(changes).toBe(before + 1);
    const [shown] = await occurrences('2026-11-23T00:00:00Z', '2026-11-25T00:00:00Z');
    expect(shown?.items).toHaveLength(1);
  });
});

describe('for the air, now', () => {
  test.each([
    ['a draft', { state: 'draft' }, 'not-approved'],
    ['a bulletin whose sound is not ready', { sound: null }, 'media-not-ready'],
  ] as const)('%s is refused', async (_case, change, code) => {
    commune.bulletin('b1', change);
    await expect(service.compose({ bulletinId: 'b1' })).rejects.toMatchObject({ code });
  });

  test('what is not there is refused', async () => {
    await expect(service.compose({ bulletinId: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(service.compose({ programmeId: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
  });
});
