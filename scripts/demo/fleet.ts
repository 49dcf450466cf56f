/**
 * The clusters of the demonstration: real agents, each with a folder, a box and a sound card of its own, in one process.
 * Started by the runner, which hands out the enrolment codes; it ends with it.
 */
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Agent, createAgent } from '@tieng-lang/agent/agent';
import { SimulatedBox } from '@tieng-lang/agent/hardware/simulated-box';
import { createSink } from '@tieng-lang/agent/player/create-sink';
import { SystemClock } from '@tieng-lang/shared/time/system-clock';
import { pino } from 'pino';
import * as z from 'zod';
import { type FleetMessage, fleetMessage } from './messages.ts';

/** Fifteen agents share one event loop, and fifteen journals one disk: the cards hold out longer than one alone has to. */
const BUFFER_MS = 500;

const { values } = parseArgs({ options: { server: { type: 'string' }, broker: { type: 'string' }, clusters: { type: 'string' } } });
const options = z.object({ server: z.url(), broker: z.url(), clusters: z.string().transform((list) => list.split(',')) }).parse(values);
const environment = z
  .object({ TL_DATA_DIR: z.string(), TL_SINK: z.enum(['file', 'null', 'alsa']).default('null'), TL_LOG_LEVEL: z.string().default('info') })
  .safeParse(process.env);
if (!environment.success) {
  process.stderr.write(`Cấu hình sai:\n${z.prettifyError(environment.error)}\n`);
  process.exit(78);
}
const { TL_SINK: sink, TL_LOG_LEVEL: level } = environment.data;
const dataDir = resolve(environment.data.TL_DATA_DIR);
const clock = new SystemClock();
const log = pino({ level, base: { part: 'fleet' } });
const agents = new Map<string, Agent>();
const codes = new Map<string, (code: string) => void>();
let stopping = false;

try {
  // As systemd does for an agent on a pole: sound goes before whatever else this machine is busy with.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  log.info({ event: 'priority-not-raised' });
}

const say = (message: FleetMessage): void => {
  process.send?.(message);
};
process.on('message', (message) => {
  const parsed = fleetMessage.safeParse(message);
  if (parsed.success && parsed.data.type === 'code') codes.get(parsed.data.cluster)?.(parsed.data.code);
});
process.on('SIGTERM', stop);
// Ctrl-C reaches the whole group; the runner says when to stop.
process.on('SIGINT', () => undefined);
process.on('disconnect', stop);

await Promise.all(options.clusters.map((cluster) => run(cluster)));
say({ type: 'agents-started', clusters: [...agents.keys()] });

async function run(cluster: string): Promise<void> {
  const folder = join(dataDir, 'agents', cluster);
  const enrolled = existsSync(join(folder, 'identity.json'));
  const code = enrolled ? undefined : await codeFor(cluster);
  const agent = createAgent({
    dataDir: folder,
    clock,
    log,
    sink: () => createSink({ kind: sink, cluster, clock, log, captureFolder: join(dataDir, 'capture'), bufferMs: BUFFER_MS }),
    hardware: ({ speakers }) => new SimulatedBox({ cluster, speakers, clock }),
    // Given at every start: a commune that was started on other ports is found again without enrolling anew.
    server: { url: options.server, brokerUrl: options.broker, ...(code === undefined ? {} : { code }) },
    onRestart: () => restart(cluster, agent),
  });
  agents.set(cluster, agent);
  await agent.start();
}

/** The runner answers with a fresh code; while it cannot, the agent waits, as a technician at the pole would. */
function codeFor(cluster: string): Promise<string> {
  return new Promise((resolve) => {
    codes.set(cluster, resolve);
    say({ type: 'code-wanted', cluster });
  });
}

function restart(cluster: string, agent: Agent): void {
  agent
    .stop()
    .then(() => (stopping ? undefined : run(cluster)))
    .catch((error: unknown) => log.error({ event: 'restart-failed', cluster, err: error }));
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  Promise.allSettled([...agents.values()].map((agent) => agent.stop())).then(
    () => process.exit(0),
    () => process.exit(1),
  );
}
