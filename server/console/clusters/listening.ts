import { problemOf } from '../api/api-client.ts';
import { ApiError } from '../api/api-error.ts';
import { isOpusHeader, OggPackets } from './ogg-packets.ts';

/** Held in hand before it sounds, s: more than the gaps of a village's network, less than a conversation notices. */
const AHEAD_S = 0.3;
/** Further ahead than this the stream has piled up (a tab that slept); the surplus is dropped, s. */
const AHEAD_MAX_S = 2;
/** dB below which the meter shows nothing, and the range that it spans from there to full scale. */
const FLOOR_DB = -60;
const RATE = 48_000;

interface ListeningOptions {
  fetch: typeof fetch;
  onState: (state: ListeningState, error?: unknown) => void;
  /** 0–1, as often as the screen is drawn. */
  onLevel: (level: number) => void;
}
export type ListeningState = 'silent' | 'connecting' | 'hearing' | 'failed';

/**
 * Hears a cluster's live output in the browser and measures how loud it is. The stream is decoded here and not by an
 * audio element: Chromium hands an element its data in blocks of 32 KB, which is ten seconds of speech and a minute of
 * silence. Must be started by a click, or the browser keeps the sound to itself.
 */
export class Listening {
  readonly #options: ListeningOptions;
  #abort: AbortController | undefined;
  #context: AudioContext | undefined;
  #frame = 0;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  start(url: string, headers: Record<string, string>): void {
    this.stop();
    const abort = new AbortController();
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    analyser.connect(context.destination);
    this.#abort = abort;
    this.#context = context;
    this.#options.onState('connecting');
    this.#measure(analyser, new Float32Array(analyser.fftSize));
    const ended = (error: unknown) => {
      if (this.#abort !== abort) return;
      this.stop();
      this.#options.onState('failed', error);
    };
    // An end that nobody asked for is a failure too: the cluster or the server went.
    this.#run({ url, headers, context, output: analyser, signal: abort.signal }).then(() => ended(ApiError.local('network')), ended);
  }

  /** Also ends the request, so that the cluster stops sending. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#abort?.abort();
    this.#abort = undefined;
    void this.#context?.close();
    this.#context = undefined;
    this.#options.onLevel(0);
    this.#options.onState('silent');
  }

  async #run(what: { url: string; headers: Record<string, string>; context: AudioContext; output: AudioNode; signal: AbortSignal }) {
    const { url, headers, context, output, signal } = what;
    const { OpusDecoder } = await import('opus-decoder');
    const decoder = new OpusDecoder({ channels: 1, preSkip: 0 });
    try {
      await Promise.all([decoder.ready, context.resume()]);
      const response = await this.#options.fetch(url, { headers, signal, credentials: 'same-origin' });
      if (!response.ok || !response.body) throw problemOf(response.status, await response.text());
      const reader = response.body.getReader();
      const packets = new OggPackets();
      let nextS = 0;
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const sounding = packets.push(value).filter((packet) => !isOpusHeader(packet));
        if (sounding.length === 0) continue;
        const { channelData, samplesDecoded } = decoder.decodeFrames(sounding);
        const samples = channelData[0]?.subarray(0, samplesDecoded);
        if (!samples || samples.length === 0) continue;
        if (nextS - context.currentTime > AHEAD_MAX_S) continue;
        // At the start and after a gap the sound waits until there is enough in hand again.
        if (nextS < context.currentTime) nextS = context.currentTime + AHEAD_S;
        nextS = sound(context, output, samples, nextS);
        this.#options.onState('hearing');
      }
    } finally {
      decoder.free();
    }
  }

  #measure(analyser: AnalyserNode, samples: Float32Array<ArrayBuffer>): void {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    this.#options.onLevel(meterLevel(power));
    this.#frame = requestAnimationFrame(() => this.#measure(analyser, samples));
  }
}

/** Puts samples on the context's time line; returns where they end. */
function sound(context: AudioContext, output: AudioNode, samples: Float32Array, atS: number): number {
  const buffer = context.createBuffer(1, samples.length, RATE);
  buffer.copyToChannel(new Float32Array(samples), 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(output);
  source.start(atS);
  return atS + buffer.duration;
}

/** Mean power (1 is a full-scale square wave) → 0–1 on a scale of decibels. */
export function meterLevel(power: number): number {
  if (power <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / FLOOR_DB));
}
