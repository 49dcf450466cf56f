import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Chores } from './chores.ts';

const log = pino({ level: 'silent' });

test('a chore that fails does not take the server with it, and the others go on', async () => {
  const done: string[] = [];
  const failing = { name: 'failing', at: '20 3 * * *', run: () => Promise.reject(new Error('the disk is full')) };
  const well = { name: 'well', at: '20 3 * * *', run: () => done.push('well') };
  const chores = new Chores({ chores: [failing, well], timeZone: 'Asia/Ho_Chi_Minh', log });
  chores.start();
  await chores.run(failing);
  await chores.run(well);
  await chores.stop();
  expect(done).toEqual(['well']);
});

test('a chore at a time that does not exist is refused when the server starts, not silently never run', () => {
  const chores = new Chores({ chores: [{ name: 'odd', at: '99 3 * * *', run: () => undefined }], timeZone: 'Asia/Ho_Chi_Minh', log });
  expect(() => chores.start()).toThrow();
});
