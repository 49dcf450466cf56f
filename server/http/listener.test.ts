import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { afterEach, expect, test } from 'vitest';
import { Listener } from './listener.ts';

const open: Listener[] = [];
function listener(options: Partial<ConstructorParameters<typeof Listener>[0]> = {}): Listener {
  const made = new Listener({
    app: (_request, response) => void response.end('ok'),
    host: '127.0.0.1',
    port: 0,
    variable: 'TL_HTTP_PORT',
    clock: new SystemClock(),
    ...options,
  });
  open.push(made);
  return made;
}
afterEach(() => Promise.all(open.splice(0).map((one) => one.stop())));

test('a free port is taken when none is named, and its address is one to open', async () => {
  const one = listener();
  await one.start();
  expect(one.url).toBe(`http://127.0.0.1:${one.port}`);
  expect(await (await fetch(one.url)).text()).toBe('ok');
});

test('a busy port is named together with the variable that changes it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(listener({ port }).start()).rejects.toMatchObject({ code: 'port-busy', params: { port, variable: 'TL_HTTP_PORT' } });
  await new Promise((resolve) => other.close(resolve));
});

test('an address that is not of this machine is named', async () => {
  await expect(listener({ host: '203.0.113.7' }).start()).rejects.toMatchObject({
    code: 'address-unavailable',
    params: { host: '203.0.113.7' },
  });
});

test('stopping lets an answer under way finish, and idle connections do not hold it up', async () => {
  const asked = new EventEmitter();
  // A clock that stands still: the grace never ends, so nothing is cut off by it.
  const one = listener({ clock: new ManualClock(0), app: (_request, response) => void asked.emit('asked', response) });
  await one.start();
  const idle = connect(one.port ?? 0, '127.0.0.1');
  await once(idle, 'connect');
  const underWay = once(asked, 'asked');
  const answer = fetch(one.url);
  const [response] = (await underWay) as [ServerResponse];
  const stopped = one.stop();
  response.end('whole');
  expect(await (await answer).text()).toBe('whole');
  await stopped;
});

test('stopping ends within its grace, whatever a page holds open', async () => {
  const clock = new ManualClock(0);
  const one = listener({ clock, app: (_request, response) => void response.write('never ends') });
  await one.start();
  const answer = await fetch(one.url);
  const stopped = one.stop();
  clock.advance(3_000);
  await stopped;
  await expect(answer.text()).rejects.toThrow();
  expect(clock.armed).toBe(0);
});
