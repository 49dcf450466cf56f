import { ManualClock } from '@tieng-lang/shared/time/manual-clock';
import { expect, test } from 'vitest';
import { LiveEvents } from './live-events.ts';

/** The browser's EventSource as seen from outside: it opens, says something, breaks. */
class Source extends EventTarget {
  readonly CLOSED = 2;
  readyState = 0;
  closed = false;

  close(): void {
    this.closed = true;
    this.readyState = 2;
  }
  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  breaks(refused = false): void {
    this.readyState = refused ? 2 : 0;
    this.dispatchEvent(new Event('error'));
  }
  says(name: string, data: string): void {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }
}

function live() {
  const clock = new ManualClock(0);
  const sources: Source[] = [];
  const heard: string[] = [];
  const events = new LiveEvents({
    clock,
    url: '/api/v1/events',
    openSource: () => {
      const source = new Source();
      sources.push(source);
      return source as unknown as EventSource;
    },
    random: () => 1,
    onEvent: (name, data) => heard.push(`${name} ${'code' in data ? data.code : ''}`),
    onReturn: () => heard.push('returned'),
    onRefused: () => heard.push('refused'),
    onStrange: (name) => heard.push(`strange ${name}`),
  });
  const newest = () => sources.at(-1) as Source;
  return { clock, sources, heard, events, newest };
}

test('what a cluster sounds reaches the page as it happens', () => {
  const { events, heard, newest } = live();
  events.start();
  newest().opens();
  newest().says('onair', JSON.stringify({ code: 'HD-01', state: 'playing' }));
  expect(heard).toEqual(['onair HD-01']);
  expect(events.status).toBe('live');
});

test('an event that nobody understands is set aside and the next one is heard', () => {
  const { events, heard, newest } = live();
  events.start();
  newest().opens();
  newest().says('onair', '{"code":');
  newest().says('onair', JSON.stringify({ code: 'HD-01', state: 'singing' }));
  newest().says('onair', JSON.stringify({ code: 'HD-02', state: 'silent' }));
  expect(heard).toEqual(['strange onair', 'strange onair', 'onair HD-02']);
});

test('a short break is not worth a warning, but what was missed is fetched', () => {
  const { clock, events, heard, newest } = live();
  events.start();
  newest().opens();
  newest().breaks();
  clock.advance(1_000);
  newest().opens();
  clock.advance(10_000);
  expect(events.status).toBe('live');
  expect(heard).toEqual(['returned']);
});

test('a longer one is told, and asked about less and less often, up to every 20 seconds', () => {
  const { clock, events, sources, newest } = live();
  events.start();
  newest().opens();
  const waits: number[] = [];
  for (let failure = 0; failure < 7; failure++) {
    newest().breaks();
    const before = sources.length;
    let waitedMs = 0;
    while (sources.length === before) {
      clock.advance(500);
      waitedMs += 500;
    }
    waits.push(waitedMs);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  expect(events.status).toBe('lost');
});

test('a stream that is refused asks whether the session has ended', () => {
  const { events, heard, newest } = live();
  events.start();
  newest().breaks(true);
  expect(heard).toEqual(['refused']);
});

test('after the sign-out nothing is open and nothing is armed', () => {
  const { clock, events, sources, newest } = live();
  events.start();
  newest().opens();
  newest().breaks();
  events.stop();
  expect(clock.armed).toBe(0);
  expect(sources.every((source) => source.closed)).toBe(true);
});
