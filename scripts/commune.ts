/** `npm start`: the whole commune on this machine. See `demo/commune.ts`. */
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { Commune, CommuneError } from './demo/commune.ts';

const commune = new Commune({ env: process.env, clock: new SystemClock(), say: (text) => process.stdout.write(`${text}\n`) });

let ending = false;
const end = (status: number): void => {
  if (ending) return;
  ending = true;
  commune.stop().then(
    () => process.exit(status),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
};
process.on('SIGINT', () => end(0));
process.on('SIGTERM', () => end(0));
process.on('SIGHUP', () => end(0));

try {
  await commune.start();
} catch (error) {
  if (!ending) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  end(error instanceof CommuneError ? error.status : 1);
}
