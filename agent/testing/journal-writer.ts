import { writeSync } from 'node:fs';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import { openDatabase } from '../database.ts';
import { Journal } from '../journal/journal.ts';
import { receiptOf } from './receipts.ts';

/**
 * Writes a journal as fast as it can until it is killed, and says on its standard output what was acknowledged: a line
 * for each item, `begun <n>` and `done <n>`, written only after the call returned.
 */
const folder = process.argv[2];
if (folder === undefined) throw new Error('needs a folder');
const clock = new SystemClock();
const journal = new Journal({ db: openDatabase(folder), clock, log: pino({ level: 'silent' }), nowMs: () => clock.nowMs() });

for (let item = journal.lastSeq; ; item++) {
  journal.begin(`b${item}`, 0, clock.nowMs());
  writeSync(1, `begun ${item}\n`);
  journal.progress(`b${item}`, 0, 500);
  journal.finish(receiptOf(`b${item}`));
  writeSync(1, `done ${item}\n`);
}
