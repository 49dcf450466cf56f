/**
 * An error is worn off with the slow time constant: what jitter is left in the card's clock must not make the pitch
 * waver. What is beyond a tenth of a millisecond is no jitter, and goes by the quick one.
 */
const SLOW_MS = 4000;
const QUICK_MS = 1000;
const JITTER_MS = 0.1;

/** At most 300 ppm beside the card's own drift: a third of a cent of pitch, which nobody hears. */
const LARGEST_SLEW = 300e-6;

/**
 * A distance beyond this is not worn off (10 ms would take half a minute, with an echo between two poles all the while)
 * but left behind at once, under a fade.
 */
const RESEAT_BEYOND_MS = 5;

export interface ServoStep {
  /** Position on the timeline of the block's first frame, ms. */
  fromMs: number;
  /** Timeline ms for each frame of the card. */
  msPerFrame: number;
  /** `fromMs` does not follow on the block before: what sounds has to fade over. */
  reseated: boolean;
  /** How late the sound is at the block's first frame (negative: early), ms. */
  skewMs: number;
}

/**
 * Keeps the position on the timeline that is being rendered at the one that the clocks call for: sample by sample
 * continuous while something sounds, exact when nothing does.
 */
export class Servo {
  #positionMs: number | undefined;

  /**
   * @param options.wantedMs where the timeline should be at the block's first frame, ms
   * @param options.msPerFrame how far it should move with each frame, by the clocks
   * @param options.sounding whether a jump would be heard
   */
  step(options: { wantedMs: number; msPerFrame: number; frames: number; sounding: boolean }): ServoStep {
    const { wantedMs, msPerFrame, frames, sounding } = options;
    const before = this.#positionMs;
    const offMs = before === undefined ? 0 : wantedMs - before;
    const jump = before === undefined || !sounding || Math.abs(offMs) > RESEAT_BEYOND_MS;
    const fromMs = jump ? wantedMs : before;
    const skewMs = wantedMs - fromMs;
    const blockMs = frames * msPerFrame;
    const most = LARGEST_SLEW * blockMs;
    const beyondMs = Math.sign(skewMs) * Math.max(0, Math.abs(skewMs) - JITTER_MS);
    const correction = Math.max(-most, Math.min(most, blockMs * (skewMs / SLOW_MS + beyondMs / QUICK_MS)));
    const step = msPerFrame + correction / frames;
    this.#positionMs = fromMs + frames * step;
    return { fromMs, msPerFrame: step, reseated: jump && sounding && before !== undefined, skewMs };
  }

  /** Forgets where it was: the next block is placed anew. */
  reset(): void {
    this.#positionMs = undefined;
  }
}
