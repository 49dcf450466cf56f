import { randomInt } from 'node:crypto';
import { problem } from '@tieng-lang/shared/contract/http/basics';
import { MONITOR_FRAME_MS } from '@tieng-lang/shared/contract/monitor';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { type Route, route } from '../http/route.ts';
import type { FleetService } from '../services.ts';
import type { Monitor } from './monitor.ts';
import { OggOpusWriter } from './ogg-opus-writer.ts';

/** A page that was left open must not fetch sound over a cluster's 4G for ever. */
const LISTEN_MAX_MS = 600_000;
/** Each costs its cluster 4 kB/s of upload once, and the server's event loop ten pages a second. */
const LISTENERS_MAX = 50;
/** A browser that takes nothing: fifteen seconds of sound wait for it, then it is let go. */
const WAITING_BYTES_MAX = 64 * 1024;

interface MonitorRouteOptions {
  monitor: Monitor;
  fleet: FleetService;
  clock: Clock;
  log: Logger;
}

export function monitorRoutes(options: MonitorRouteOptions): Route[] {
  const { fleet, monitor } = options;
  return [
    route({
      method: 'get',
      path: '/clusters/:code/monitor',
      tag: 'on air',
      summary: 'What a cluster sounds now, as a live stream of at most 10 minutes',
      access: 'signed-in',
      answers: {
        200: { description: 'Ogg Opus, mono, 48 kHz', contentType: 'audio/ogg' },
        404: { description: 'No such cluster', schema: problem },
        409: { description: 'The cluster is offline', schema: problem },
        503: { description: 'Too many listen already', schema: problem },
      },
      handle: async ({ params, response }) => {
        const code = params.code ?? '';
        if (!(await fleet.clusters()).some((cluster) => cluster.code === code)) throw new CodedError('not-found');
        if (!fleet.online(code)) throw new CodedError('monitor-unavailable');
        if (monitor.listening >= LISTENERS_MAX) throw new CodedError('unavailable');
        stream(code, response, options);
        return undefined;
      },
    }),
  ];
}

function stream(code: string, response: Response, { monitor, clock, log }: MonitorRouteOptions): void {
  const writer = new OggOpusWriter({ serial: randomInt(2 ** 32), packetMs: MONITOR_FRAME_MS });
  response.status(200).set({ 'Content-Type': 'audio/ogg; codecs=opus', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.write(writer.headers());
  const leave = monitor.listen(code, {
    packets(packets) {
      if (response.writableLength > WAITING_BYTES_MAX) response.destroy();
      else response.write(writer.packets(packets));
    },
    ended: () => finish(),
  });
  // Left before it is ended: a packet written after the end would be an error that nobody catches.
  const finish = () => {
    leave();
    longest.cancel();
    if (!response.writableEnded) response.end(writer.packets([], { last: true }));
  };
  const longest = clock.after(LISTEN_MAX_MS, finish);
  response.on('error', (error) => log.debug({ event: 'monitor-stream-failed', cluster: code, err: error }));
  response.once('close', () => {
    leave();
    longest.cancel();
  });
}
