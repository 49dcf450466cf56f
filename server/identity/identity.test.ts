import { sql } from 'kysely';
import request from 'supertest';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashToken } from './secrets.ts';
import { ABSOLUTE_MS, IDLE_MS } from './sessions.ts';
import { ADMIN_PASSWORD, createTrialServer, type TrialServer } from './trial-server.ts';

let server: TrialServer;
beforeEach(async () => {
  server = await createTrialServer();
});
afterEach(() => server.close());

/** A browser: it keeps the cookie, and knows the anti-forgery token once it has signed in. */
async function signIn(username = 'admin', password = ADMIN_PASSWORD) {
  const browser = request.agent(server.app);
  const answer = await browser.post('/api/v1/session').send({ username, password });
  expect(answer.status).toBe(200);
  return { browser, csrf: answer.body.csrfToken as string, answer };
}

const attempt = (username: string, password: string) => request(server.app).post('/api/v1/session').send({ username, password });

test('who signs in is known by a cookie that scripts and other sites cannot use', async () => {
  const { browser, answer, csrf } = await signIn();
  expect(answer.body.user).toMatchObject({ username: 'admin', role: 'admin', areas: null });
  expect(answer.get('Set-Cookie')?.[0]).toMatch(/^tl_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
  const again = await browser.get('/api/v1/session');
  expect(again.body).toEqual({ user: answer.body.user, csrfToken: csrf });
});

test('the database holds neither the session nor the key nor the password that signs in', async () => {
  const { answer } = await signIn();
  const token = /tl_session=([^;]+)/.exec(answer.get('Set-Cookie')?.[0] ?? '')?.[1] ?? 'none';
  const key = (await server.bearer('viewer')).slice('Bearer '.length);
  const rows = [];
  for (const table of ['sessions', 'api_keys', 'users', 'audit'])
    rows.push((await sql`SELECT * FROM ${sql.table(table)}`.execute(server.db)).rows);
  const stored = JSON.stringify(rows);
  for (const secret of [token, key, ADMIN_PASSWORD, answer.body.csrfToken]) expect(stored).not.toContain(secret);
  expect(stored).toContain(hashToken(token));
  expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
});

test('an unknown name and a wrong password are answered alike', async () => {
  const unknown = await attempt('nobody', 'wrong password');
  const wrong = await attempt('admin', 'wrong password');
  expect(unknown.status).toBe(401);
  expect(unknown.body).toEqual(wrong.body);
  expect(wrong.body.code).toBe('wrong-credentials');
});

test('a change by cookie needs the anti-forgery token of that very session; a key does not', async () => {
  const { browser, csrf } = await signIn();
  const other = await signIn();
  const user = { username: 'lan', password: 'mật khẩu của Lan', role: 'editor' };
  const add = (token?: string) =>
    (token === undefined ? browser.post('/api/v1/users') : browser.post('/api/v1/users').set('X-CSRF-Token', token)).send(user);
  for (const token of [undefined, '', 'x', other.csrf]) {
    const answer = await add(token);
    expect([answer.status, answer.body.code]).toEqual([403, 'csrf-token-missing']);
  }
  expect((await add(csrf)).status).toBe(201);
  const byKey = await request(server.app)
    .post('/api/v1/users')
    .set('Authorization', await server.bearer('admin'))
    .send({ ...user, username: 'minh' });
  expect(byKey.status).toBe(201);
});

test('a session ends after twelve idle hours; one that is used lives on, but for a week at most', async () => {
  const idle = await signIn();
  const busy = await signIn();
  const step = IDLE_MS - 60_000;
  const status = async (who: typeof busy) => (await who.browser.get('/api/v1/session')).status;
  server.clock.advance(step);
  expect(await status(busy)).toBe(200);
  server.clock.advance(60_000);
  expect(await status(idle)).toBe(401);
  expect(await status(busy)).toBe(200);
  for (let spent = IDLE_MS; spent + step < ABSOLUTE_MS; spent += step) {
    server.clock.advance(step);
    expect(await status(busy)).toBe(200);
  }
  server.clock.advance(step);
  expect(await status(busy)).toBe(401);
});

test('signing out ends the session on the server too', async () => {
  const { browser, csrf, answer } = await signIn();
  const cookie = answer.get('Set-Cookie')?.[0] ?? '';
  expect((await browser.delete('/api/v1/session').set('X-CSRF-Token', csrf)).status).toBe(204);
  const stolen = await request(server.app).get('/api/v1/session').set('Cookie', cookie);
  expect([stolen.status, stolen.body.code]).toEqual([401, 'not-signed-in']);
});

test('five wrong passwords make that name wait at that address, right password or not, and others do not wait', async () => {
  for (let failure = 0; failure < 5; failure++) expect((await attempt('admin', `wrong ${failure}`)).status).toBe(401);
  const refused = await attempt('ADMIN', ADMIN_PASSWORD);
  expect([refused.status, refused.body.code, refused.get('Retry-After')]).toEqual([429, 'too-many-requests', '300']);
  expect((await attempt('somebody', 'else entirely')).status).toBe(401);
  server.clock.advance(300_000);
  expect((await attempt('admin', ADMIN_PASSWORD)).status).toBe(200);
});

test('guesses sent all at once are counted as if one by one', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, guess) => attempt('admin', `guess ${guess}`)));
  const tried = answers.filter((answer) => answer.status === 401).length;
  // Two may be in hand when the fifth fails.
  expect(tried).toBeLessThanOrEqual(6);
  expect(answers.filter((answer) => answer.status === 429)).toHaveLength(20 - tried);
});

test('many right sign-ins in a row never wait', async () => {
  for (let round = 0; round < 8; round++) await signIn();
});

test('a name is one person, however its letters are typed', async () => {
  const bearer = await server.bearer('admin');
  const add = (username: string) =>
    request(server.app).post('/api/v1/users').set('Authorization', bearer).send({ username, password: 'mật khẩu dài', role: 'viewer' });
  expect((await add('Thủy')).status).toBe(201);
  const twice = await add('thủy'.normalize('NFC'));
  expect([twice.status, twice.body.code]).toEqual([409, 'username-taken']);
  await signIn('THỦY'.normalize('NFD'), 'mật khẩu dài'.normalize('NFD'));
});

test('a person who is disabled is out at once and cannot come back', async () => {
  const bearer = await server.bearer('admin');
  const made = await request(server.app)
    .post('/api/v1/users')
    .set('Authorization', bearer)
    .send({ username: 'lan', password: 'mật khẩu của Lan', role: 'editor' });
  const lan = await signIn('lan', 'mật khẩu của Lan');
  const changed = await request(server.app).patch(`/api/v1/users/${made.body.id}`).set('Authorization', bearer).send({ disabled: true });
  expect(changed.body).toMatchObject({ id: made.body.id, disabled: true, role: 'editor' });
  expect((await lan.browser.get('/api/v1/session')).status).toBe(401);
  expect((await attempt('lan', 'mật khẩu của Lan')).body.code).toBe('wrong-credentials');
});

test('a changed role holds from the next request on; a changed password ends every other session', async () => {
  const admin = await signIn();
  const made = await admin.browser
    .post('/api/v1/users')
    .set('X-CSRF-Token', admin.csrf)
    .send({ username: 'lan', password: 'mật khẩu của Lan', role: 'viewer', areas: ['thon-1'] });
  const lan = await signIn('lan', 'mật khẩu của Lan');
  const patch = (body: object) => admin.browser.patch(`/api/v1/users/${made.body.id}`).set('X-CSRF-Token', admin.csrf).send(body);
  await patch({ role: 'approver', areas: null });
  expect((await lan.browser.get('/api/v1/session')).body.user).toMatchObject({ role: 'approver', areas: null });

  const elsewhere = await signIn('lan', 'mật khẩu của Lan');
  const change = (current: string) =>
    lan.browser.put('/api/v1/session/password').set('X-CSRF-Token', lan.csrf).send({ current, password: 'mật khẩu mới' });
  expect((await change('not it')).status).toBe(401);
  expect((await change('mật khẩu của Lan')).status).toBe(204);
  expect((await elsewhere.browser.get('/api/v1/session')).status).toBe(401);
  expect((await lan.browser.get('/api/v1/session')).status).toBe(200);

  await patch({ password: 'mật khẩu thứ ba' });
  expect((await lan.browser.get('/api/v1/session')).status).toBe(401);
  await signIn('lan', 'mật khẩu thứ ba');
});

test('the last administrator cannot be dismissed, not even by another at the same moment', async () => {
  const bearer = await server.bearer('admin');
  const { answer } = await signIn();
  const patch = (id: string, body: object) => request(server.app).patch(`/api/v1/users/${id}`).set('Authorization', bearer).send(body);
  for (const change of [{ disabled: true }, { role: 'viewer' }]) {
    const refused = await patch(answer.body.user.id, change);
    expect([refused.status, refused.body.code]).toEqual([409, 'last-administrator']);
  }
  const second = await request(server.app)
    .post('/api/v1/users')
    .set('Authorization', bearer)
    .send({ username: 'second', password: 'mật khẩu hai', role: 'admin' });
  const both = await Promise.all([answer.body.user.id, second.body.id].map((id) => patch(id, { disabled: true })));
  expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
});

test('a key is shown once, acts as a user of its own, and is dead when it is revoked', async () => {
  const { browser, csrf } = await signIn();
  const made = await browser
    .post('/api/v1/api-keys')
    .set('X-CSRF-Token', csrf)
    .send({ name: 'Kịch bản', role: 'broadcaster', areas: ['thon-1'] });
  expect([made.status, Object.keys(made.body).sort()]).toEqual([201, ['id', 'key']]);
  expect(made.body.key).toMatch(/^tl_[\w-]{43}$/);
  const ask = () => request(server.app).get('/api/v1/session').set('Authorization', `Bearer ${made.body.key}`);
  expect((await ask()).body.user).toEqual({ id: made.body.id, username: 'Kịch bản', role: 'broadcaster', areas: ['thon-1'] });

  const listed = await browser.get('/api/v1/api-keys');
  expect(listed.text).not.toContain(made.body.key);
  expect(listed.body.items).toEqual([expect.objectContaining({ id: made.body.id, lastUsedAt: '2026-11-23T05:30:00.000Z' })]);

  const revoke = () => browser.delete(`/api/v1/api-keys/${made.body.id}`).set('X-CSRF-Token', csrf);
  expect((await revoke()).status).toBe(204);
  expect((await ask()).status).toBe(401);
  expect((await revoke()).status).toBe(404);
});

test('lists come in pages that together hold everybody once', async () => {
  const bearer = await server.bearer('admin');
  for (const username of ['an', 'bình', 'chi', 'dũng']) {
    await request(server.app)
      .post('/api/v1/users')
      .set('Authorization', bearer)
      .send({ username, password: 'mật khẩu dài', role: 'viewer' });
  }
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const answer: request.Response = await request(server.app)
      .get('/api/v1/users')
      .query({ limit: 2, ...(cursor === null ? {} : { cursor }) })
      .set('Authorization', bearer);
    expect(answer.body.items.length).toBeLessThanOrEqual(2);
    names.push(...answer.body.items.map((item: { username: string }) => item.username));
    cursor = answer.body.next;
  } while (cursor !== null);
  expect(names).toEqual(['admin', 'an', 'bình', 'chi', 'dũng']);
});

test('the audit says who did what and when, newest first, and can be neither rewritten nor shortened', async () => {
  const { browser, csrf, answer } = await signIn();
  await browser.post('/api/v1/users').set('X-CSRF-Token', csrf).send({ username: 'lan', password: 'mật khẩu của Lan', role: 'editor' });
  await server.identity.audit(null, 'signing-key-made', 'key-1');
  const { body } = await browser.get('/api/v1/audit?limit=3');
  expect(body.items).toMatchObject([
    { actor: { id: null, name: 'Máy chủ' }, action: 'signing-key-made', subject: 'key-1' },
    {
      actor: { id: answer.body.user.id, name: 'admin' },
      action: 'user-added',
      at: '2026-11-23T05:30:00.000Z',
      detail: { username: 'lan' },
    },
    { actor: { name: 'admin' }, action: 'signed-in' },
  ]);
  const rest = await browser.get('/api/v1/audit').query({ cursor: body.next });
  expect(rest.body).toMatchObject({ items: [{ action: 'user-added', detail: { username: 'admin' } }], next: null });
  await expect(sql`UPDATE audit SET actor_name = 'x'`.execute(server.db)).rejects.toThrow('only grows');
  await expect(sql`DELETE FROM audit`.execute(server.db)).rejects.toThrow('only grows');
});

test('the first administrator is made once, with a password that is told once', async () => {
  expect(await server.identity.ensureAdministrator({ password: 'another password' })).toEqual({ created: false });
  await sql`DELETE FROM users`.execute(server.db);
  const made = await server.identity.ensureAdministrator({});
  expect(made).toEqual({ created: true, password: expect.stringMatching(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/) });
  await signIn('admin', made.password);
  expect(await server.identity.ensureAdministrator({})).toEqual({ created: false });
});

test('one user cannot fill the disk with sessions: beyond fifty the longest unused ends', async () => {
  const first = await signIn();
  server.clock.advance(1);
  for (let more = 0; more < 50; more++) await signIn();
  expect((await first.browser.get('/api/v1/session')).status).toBe(401);
  const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM sessions`.execute(server.db);
  expect(rows[0]?.count).toBe(50);
});
