import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Logger } from 'pino';
import { AlsaSink } from './alsa-sink.ts';
import { Capture } from './capture.ts';
import { hashOfCluster, ppmOfCluster, SimulatedCard } from './simulated-card.ts';
import type { Sink } from './sink.ts';

export type SinkKind = 'alsa' | 'file' | 'null';

export interface SinkOptions {
  kind: SinkKind;
  cluster: string;
  clock: Clock;
  log: Logger;
  /** `file` only: the captures are `<captureFolder>/<cluster>.wav` and `.jsonl`. */
  captureFolder: string;
  /** `file` and `null`: rate error of the simulated card; default: fixed by the cluster's code, within ±100 ppm. */
  ppm?: number;
  /** `file` and `null`: scatter of its reported position, ms. */
  jitterMs?: number;
  /** `file` and `null`: length of the card's buffer, ms. */
  bufferMs?: number;
  /** `alsa` only: the name of the PCM. */
  device?: string;
}

/** The sound card that TL_SINK names. `file` and `null` are the same simulated card, with and without a capture. */
export function createSink(options: SinkOptions): Sink {
  const { kind, cluster, clock, log } = options;
  if (kind === 'alsa') return new AlsaSink({ device: options.device ?? 'default', clock, log });
  return new SimulatedCard({
    clock,
    ppm: options.ppm ?? ppmOfCluster(cluster),
    seed: hashOfCluster(cluster),
    ...(options.bufferMs === undefined ? {} : { bufferFrames: options.bufferMs * 48 }),
    ...(options.jitterMs === undefined ? {} : { jitterMs: options.jitterMs }),
    ...(kind === 'file' ? { listener: new Capture({ folder: options.captureFolder, cluster, log }) } : {}),
  });
}
