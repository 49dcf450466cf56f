/** `npm run server`: one server, from the environment. `--station FILE` describes the station at the first start. */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '@tieng-lang/shared/configuration';
import { CodedError, describeError } from '@tieng-lang/shared/errors';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { readConfig } from './config.ts';
import { createLogger } from './log.ts';
import { createServer, type Server } from './server.ts';

/** Everything stops within its own bounds; what hangs all the same must not keep a service manager waiting. */
const STOP_MS = 10_000;

const clock = new SystemClock();
let server: Server | undefined;
let ending = false;

try {
  const { values } = parseArgs({ options: { station: { type: 'string' } } });
  const config = readConfig(process.env);
  const log = createLogger({ level: config.logLevel, part: 'server' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  // Whoever started us with a channel wants us to go when it goes.
  if (process.send) process.on('disconnect', () => end(0));
  process.on('unhandledRejection', (error) => {
    log.fatal({ event: 'unhandled-rejection', err: error });
    end(1);
  });
  server = createServer({ config, clock, log, ...(values.station === undefined ? {} : { stationFile: values.station }) });
  const started = await server.start();
  if (started.password !== undefined) {
    process.stdout.write(
      `\nBảng điều khiển: ${started.url}\nTên đăng nhập: admin\nMật khẩu (chỉ hiện một lần này): ${started.password}\n\n`,
    );
  }
  process.send?.({ type: 'ready', httpPort: started.httpPort, mqttPort: started.mqttPort, devicePort: started.devicePort });
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  end(error instanceof ConfigurationError ? error.exitStatus : 1);
}

function end(status: number): void {
  if (ending) return;
  ending = true;
  clock.after(STOP_MS, () => process.exit(1));
  (server?.stop() ?? Promise.resolve()).then(
    () => process.exit(status),
    (error: unknown) => {
      process.stderr.write(`${sentenceOf(error)}\n`);
      process.exit(1);
    },
  );
}

/** What went wrong, for the person at the terminal; the log has the rest. */
function sentenceOf(error: unknown): string {
  if (error instanceof CodedError) return describeError(error.code, 'vi', error.params);
  return error instanceof Error ? error.message : String(error);
}
