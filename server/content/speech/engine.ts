import { rate, voice } from '@tieng-lang/shared/contract/http/content';
import * as z from 'zod';

/** What is to be spoken: words as they are read, no digits and no abbreviations, with sentences and paragraphs. */
export const speechOrder = z.object({ spoken: z.string(), voice, rate });
export type SpeechOrder = z.infer<typeof speechOrder>;

/** A voice that can be had without a network. Others (a neural model, an engine over HTTP) take its place by this. */
export interface SpeechEngine {
  /**
   * Writes a WAV of one channel, 16 bit.
   *
   * @throws CodedError `speech-engine-failed`, `program-missing`; the signal's reason
   */
  speak(order: { text: string; voice: SpeechOrder['voice']; rate: number; outFile: string; signal: AbortSignal }): Promise<void>;
}
