import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

test('a record is one line of JSON that names its event and part, and no secret stands in it', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', part: 'server', destination: { write: (line) => void lines.push(line) } });
  log.info({
    event: 'sign-in',
    password: 'hush-1',
    request: { authorization: 'hush-2', headers: { cookie: 'hush-3' } },
    body: { key: 'hush-4' },
  });
  log.debug({ event: 'not-written' });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', part: 'server', event: 'sign-in', password: '[redacted]' });
  expect(lines.join('')).not.toContain('hush');
});
