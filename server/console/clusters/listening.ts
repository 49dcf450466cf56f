/** dB below which the meter shows nothing, and the range that it spans from there to full scale. */
const FLOOR_DB = -60;

interface ListeningOptions {
  onState: (state: ListeningState) => void;
  /** 0–1, as often as the screen is drawn. */
  onLevel: (level: number) => void;
}
export type ListeningState = 'silent' | 'connecting' | 'hearing' | 'failed';

/** Hears a cluster's live output in the browser and measures how loud it is. Must be started by a click. */
export class Listening {
  readonly #options: ListeningOptions;
  #audio: HTMLAudioElement | undefined;
  #context: AudioContext | undefined;
  #frame = 0;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  start(url: string): void {
    this.stop();
    const audio = new Audio(url);
    const context = new AudioContext();
    this.#audio = audio;
    this.#context = context;
    audio.addEventListener('playing', () => this.#options.onState('hearing'));
    audio.addEventListener('waiting', () => this.#options.onState('connecting'));
    for (const name of ['error', 'ended'] as const) {
      audio.addEventListener(name, () => {
        if (this.#audio !== audio) return;
        this.stop();
        this.#options.onState('failed');
      });
    }
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaElementSource(audio).connect(analyser).connect(context.destination);
    this.#options.onState('connecting');
    // A refused start also comes as an `error` event of the element, which is where it is told.
    Promise.all([context.resume(), audio.play()]).catch((error: unknown) => {
      if (this.#audio === audio && error instanceof DOMException && error.name === 'NotAllowedError') this.#options.onState('failed');
    });
    this.#measure(analyser, new Float32Array(analyser.fftSize));
  }

  /** Also ends the request, so that the cluster stops sending. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    const audio = this.#audio;
    this.#audio = undefined;
    if (audio) {
      audio.pause();
      audio.removeAttribute('src');
      audio.load();
    }
    void this.#context?.close();
    this.#context = undefined;
    this.#options.onLevel(0);
    this.#options.onState('silent');
  }

  #measure(analyser: AnalyserNode, samples: Float32Array<ArrayBuffer>): void {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    this.#options.onLevel(meterLevel(power));
    this.#frame = requestAnimationFrame(() => this.#measure(analyser, samples));
  }
}

/** Mean power (1 is a full-scale square wave) → 0–1 on a scale of decibels. */
export function meterLevel(power: number): number {
  if (power <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / FLOOR_DB));
}
