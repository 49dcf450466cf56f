import type { Level } from '@tieng-lang/shared/contract/basics';
import type { PlanItem, PlanMedia } from '@tieng-lang/shared/contract/plan';
import type { Composition, Sound } from '../services.ts';

/** Why a part of a programme cannot sound now. */
export type LeftOutReason = 'not-approved' | 'media-not-ready' | 'not-found' | 'relay-later';

/** A part of what is played, once content has been asked about it. */
export type Part =
  | { kind: 'sound'; bulletinId: string | null; sound: Sound }
  | { kind: 'gap'; gapMs: number }
  | { kind: 'left-out'; title: string; reason: LeftOutReason };

/**
 * Lays parts on a time line from 0, back to back. What is left out takes no time: the session closes up over it. A gap
 * counts only between two sounds, so that a session never begins or ends with silence.
 */
export function layOut(what: { title: string; level: Level }, parts: readonly Part[]): Composition {
  const items: PlanItem[] = [];
  const media = new Map<string, PlanMedia>();
  const leftOut: { title: string; reason: LeftOutReason }[] = [];
  let endMs = 0;
  let gapMs = 0;
  for (const part of parts) {
    if (part.kind === 'left-out') leftOut.push({ title: part.title, reason: part.reason });
    else if (part.kind === 'gap') gapMs += items.length > 0 ? part.gapMs : 0;
    else {
      const { title, sha256, durationMs, bytes } = part.sound;
      items.push({ index: items.length, bulletinId: part.bulletinId, title, sha256, offsetMs: endMs + gapMs, durationMs });
      media.set(sha256, { sha256, bytes, durationMs });
      endMs += gapMs + durationMs;
      gapMs = 0;
    }
  }
  return { ...what, durationMs: endMs, items, media: [...media.values()], leftOut };
}
