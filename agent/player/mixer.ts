import { limitSoftly } from './gain.ts';
import type { PcmSource } from './pcm-source.ts';
import { resample, TAPS_AFTER, TAPS_BEFORE } from './resampler.ts';
import { type Cue, firstAfter, type ItemKey } from './timeline.ts';

const FRAMES_PER_MS = 48;

/** A fade of 8 ms: short enough to be no fade to the ear, long enough not to click. */
export const FADE_MS = 8;
const FADE_STEP = 1 / (FADE_MS * FRAMES_PER_MS);

/** Volume moves from silence to full in 50 ms. */
const VOLUME_STEP = 1 / (50 * FRAMES_PER_MS);

/** A recording may be longer than its plan says by rounding: so much of its end sounds on, into what follows. */
const OVERHANG_MS = 100;

/** What a cue needs to sound. */
export interface Track {
  source: PcmSource;
  gain: number;
}

export type TrackOf = (cue: Cue, frame: number) => Track | undefined;

/** Some of an item's audio that was rendered into frames of the card. */
export interface Span {
  key: ItemKey;
  /** Number of its first frame on the card, and how many follow on. */
  cardFrame: number;
  frames: number;
  /** Position in the recording of the first of them, in frames. */
  sourceFrame: number;
  /** Sum of the squares of its samples as delivered. */
  energy: number;
  /** How late it was by the clocks; null while the card's clock was not in lock. */
  skewMs: number | null;
}

interface Voice {
  track: Track;
  /** Position in the recording of the next frame. */
  position: number;
  /** 0…1, apart from the volume: moves towards 1 while it has its cue and towards 0 when it loses it. */
  level: number;
  gain: number;
}

/** A voice that has lost its cue and sounds on for its fade, or for what its plan was too short for. */
interface Release {
  key: ItemKey;
  voice: Voice;
  fade: boolean;
  /** Frame of the block from which it goes on. */
  from: number;
}

export interface Block {
  cardFrame: number;
  frames: number;
  /** Position on the timeline of the first frame, epoch ms = baseMs + fromMs; apart because doubles hold epoch ms to 0.2 µs only. */
  baseMs: number;
  fromMs: number;
  msPerFrame: number;
  skewMs: number | null;
  /** The position jumped since the block before. */
  reseated: boolean;
}

/**
 * Renders a timeline, block by block, into samples. What plays whole is untouched from its first to its last sample;
 * everything else begins and ends with a fade.
 */
export class Mixer {
  readonly #output: Float32Array;
  readonly #scratch: Float32Array;
  readonly #rendered: Float32Array;
  readonly #voices = new Map<ItemKey, Voice>();
  #releasing: Release[] = [];

  constructor(options: { largestBlock: number }) {
    this.#output = new Float32Array(options.largestBlock);
    // A block is resampled at a ratio of 1 ± 0.2 % at most: a servo at its limits on a card that is far off.
    this.#scratch = new Float32Array(Math.ceil(options.largestBlock * 1.002) + TAPS_BEFORE + TAPS_AFTER + 2);
    this.#rendered = new Float32Array(options.largestBlock);
  }

  /** Whether a jump of the timeline would be heard. */
  get sounding(): boolean {
    return this.#voices.size > 0 || this.#releasing.length > 0;
  }

  holds(key: ItemKey): boolean {
    return this.#voices.has(key) || this.#releasing.some((release) => release.key === key);
  }

  /**
   * The samples of a block, valid until the next call, and what they are made of.
   * @param trackOf the track of a cue, or undefined while it cannot sound; told which frame of the recording comes next
   */
  render(block: Block, list: readonly Cue[], trackOf: TrackOf, spans: Span[]): Float32Array {
    const output = this.#output.subarray(0, block.frames).fill(0);
    if (block.reseated) this.#releaseAll();
    const silent = new Set(this.#voices.keys());
    const startMs = block.baseMs + block.fromMs;
    for (let i = firstAfter(list, startMs); i < list.length; i++) {
      const cue = list[i] as Cue;
      const first = Math.max(0, frameOf(block, cue.fromMs));
      if (first >= block.frames) break;
      if (frameOf(block, cue.untilMs) <= first) continue;
      silent.delete(cue.key);
      this.#renderCue(block, cue, first, trackOf, output, spans);
    }
    // Stopped, replaced by a new plan, or pre-empted at once: it has lost its cue without knowing beforehand.
    for (const key of silent) this.#release(key);
    this.#renderReleasing(block, output, spans);
    limitSoftly(output);
    return output;
  }

  #renderCue(block: Block, cue: Cue, first: number, trackOf: TrackOf, output: Float32Array, spans: Span[]): void {
    const known = this.#voices.get(cue.key);
    this.#voices.delete(cue.key);
    const step = block.msPerFrame * FRAMES_PER_MS;
    const position = (block.fromMs + first * block.msPerFrame - (cue.itemAtMs - block.baseMs)) * FRAMES_PER_MS;
    const track = trackOf(cue, position);
    if (!track) return;
    // Its own beginning is left as it is; a beginning in the middle is faded in.
    const voice = known ?? { track, position, level: position < step ? 1 : 0, gain: track.gain };
    voice.track = track;
    voice.position = position;
    const end = frameOf(block, cue.untilMs);
    const last = Math.min(block.frames, end);
    const fadeFrom = cue.toItsEnd ? last : Math.min(last, Math.max(first, end - FADE_MS * FRAMES_PER_MS));
    const sounded =
      this.#renderVoice(block, cue.key, voice, { from: first, until: fadeFrom, target: 1 }, output, spans) &&
      this.#renderVoice(block, cue.key, voice, { from: fadeFrom, until: last, target: 0 }, output, spans);
    // Not decoded (yet): silence, and later a new beginning with a fade.
    if (!sounded) return;
    if (end > block.frames) this.#voices.set(cue.key, voice);
    else this.#end(cue, voice, last);
  }

  /** Silence at once, without a fade: the card has been silent by itself, and what sounds again fades in. */
  cut(): void {
    this.#voices.clear();
    this.#releasing = [];
  }

  #end(cue: Cue, voice: Voice, from: number): void {
    const leftMs = (voice.track.source.frames - voice.position) / FRAMES_PER_MS;
    if (cue.toItsEnd && leftMs > 0) this.#releasing.push({ key: cue.key, voice, fade: leftMs > OVERHANG_MS, from });
  }

  #release(key: ItemKey): void {
    const voice = this.#voices.get(key);
    if (!voice) return;
    this.#voices.delete(key);
    this.#releasing.push({ key, voice, fade: true, from: 0 });
  }

  #releaseAll(): void {
    for (const key of [...this.#voices.keys()]) this.#release(key);
  }

  #renderReleasing(block: Block, output: Float32Array, spans: Span[]): void {
    this.#releasing = this.#releasing.filter((release) => {
      const { key, voice, fade, from } = release;
      release.from = 0;
      const sounded = this.#renderVoice(block, key, voice, { from, until: block.frames, target: fade ? 0 : 1 }, output, spans);
      return sounded && voice.level > 0 && voice.position < voice.track.source.frames;
    });
  }

  /** Adds a voice to `output`; false when its samples are not there. */
  #renderVoice(
    block: Block,
    key: ItemKey,
    voice: Voice,
    stretch: { from: number; until: number; target: number },
    output: Float32Array,
    spans: Span[],
  ): boolean {
    const { from, until, target } = stretch;
    if (until <= from) return true;
    const { source } = voice.track;
    const step = block.msPerFrame * FRAMES_PER_MS;
    const count = until - from;
    if (voice.position >= source.frames) {
      voice.position += count * step;
      return true;
    }
    const first = Math.floor(voice.position) - TAPS_BEFORE;
    const needed = Math.floor(voice.position + (count - 1) * step) + TAPS_AFTER - first + 1;
    if (needed > this.#scratch.length || !source.read(first, needed, this.#scratch)) return false;
    const rendered = this.#rendered;
    resample({ source: this.#scratch, position: voice.position - first, step, into: rendered, at: 0, count });
    const energy = addFaded(voice, { rendered, count, target, output, at: from });
    const inside = Math.min(count, Math.ceil((source.frames - voice.position) / step));
    spans.push({ key, cardFrame: block.cardFrame + from, frames: inside, sourceFrame: voice.position, energy, skewMs: block.skewMs });
    voice.position += count * step;
    return true;
  }
}

/** Adds samples to the output under the voice's fade and volume; returns the energy of what was added. */
function addFaded(
  voice: Voice,
  options: { rendered: Float32Array; count: number; target: number; output: Float32Array; at: number },
): number {
  const { rendered, count, target, output, at } = options;
  const wanted = voice.track.gain;
  let { level, gain } = voice;
  let energy = 0;
  for (let i = 0; i < count; i++) {
    if (level !== target) level = target > level ? Math.min(target, level + FADE_STEP) : Math.max(target, level - FADE_STEP);
    if (gain !== wanted) gain = wanted > gain ? Math.min(wanted, gain + VOLUME_STEP) : Math.max(wanted, gain - VOLUME_STEP);
    const sample = (rendered[i] as number) * level * gain;
    output[at + i] = (output[at + i] as number) + sample;
    energy += sample * sample;
  }
  voice.level = level;
  voice.gain = gain;
  return energy;
}

/** The first frame at or after an instant, counted from the block's first. */
function frameOf(block: Block, atMs: number): number {
  return Math.ceil((atMs - block.baseMs - block.fromMs) / block.msPerFrame);
}
