import { ConfigurationError } from '@tieng-lang/shared/configuration';
import { CodedError, describeError } from '@tieng-lang/shared/errors';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { type Logger, pino } from 'pino';
import { type Agent, createAgent } from './agent.ts';
import { NtpSystemTime } from './clock/system-time.ts';
import { type AgentConfig, readConfig } from './config.ts';
import type { Hardware } from './hardware/hardware.ts';
import { RaspberryPi } from './hardware/raspberry-pi.ts';
import { SimulatedBox } from './hardware/simulated-box.ts';
import { createSink } from './player/create-sink.ts';
import type { Identity } from './uplink/identity.ts';

/** The process is to be started again by whoever started it (systemd: `RestartForceExitStatus=75`, EX_TEMPFAIL). */
const EXIT_RESTART = 75;
const EXIT_CONFIG = 78;

/** Fading out, closing the card and taking leave need two seconds; a part that hangs must not keep the box from going off. */
const STOP_LIMIT_MS = 10_000;

const clock = new SystemClock();

function hardwareOf(config: AgentConfig, identity: Identity, log: Logger): Hardware {
  const { cluster, speakers } = identity;
  if (config.hardware === 'simulated') return new SimulatedBox({ cluster, speakers, clock });
  return new RaspberryPi({ speakers, dataDir: config.dataDir, lines: config.lines, log });
}

async function run(config: AgentConfig): Promise<void> {
  const log = pino({ level: config.logLevel, base: null });
  let stopping = false;
  const finish = (status: number) => {
    if (stopping) return;
    stopping = true;
    // A second signal finds the default behaviour again and ends the process at once.
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name);
    const late = clock.after(STOP_LIMIT_MS, () => process.exit(status || 1));
    agent
      .stop()
      .catch((error: unknown) => log.error({ event: 'stop-failed', err: error }))
      .finally(() => {
        late.cancel();
        process.exit(status);
      });
  };
  const agent: Agent = createAgent({
    dataDir: config.dataDir,
    clock,
    log,
    sink: ({ cluster }) =>
      createSink({
        kind: config.sink,
        cluster,
        clock,
        log,
        captureFolder: config.captureDir,
        ...(config.alsaDevice === undefined ? {} : { device: config.alsaDevice }),
      }),
    hardware: (identity) => hardwareOf(config, identity, log),
    systemTime: new NtpSystemTime(),
    ...(config.server ? { server: config.server } : {}),
    onRestart: () => finish(EXIT_RESTART),
  });
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => finish(0));
  try {
    await agent.start();
  } catch (error) {
    if (!stopping) throw error;
  }
}

function fail(error: unknown): void {
  const status =
    error instanceof ConfigurationError || (error instanceof CodedError && error.code === 'configuration-invalid') ? EXIT_CONFIG : 1;
  const sentence =
    error instanceof CodedError ? describeError(error.code, 'vi', error.params) : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

try {
  await run(readConfig(process.env, process.argv.slice(2)));
} catch (error) {
  fail(error);
}
