import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Language } from '@tieng-lang/shared/errors';
import type { Zone } from '@tieng-lang/shared/schedule/zone';

/** What the commune allows itself; data, so that it can be edited without a new version. Emergencies are exempt from all. */
export interface Policy {
  /** Nothing of these levels sounds within these hours, local minutes of the day; `from` after `to` runs over midnight. */
  quietHours: { levels: readonly Level[]; fromMinute: number; toMinute: number };
  longestSession: { levels: readonly Level[]; minutes: number };
}

export const PRESET: Policy = {
  quietHours: { levels: ['normal'], fromMinute: 21 * 60, toMinute: 5 * 60 },
  longestSession: { levels: ['normal', 'priority'], minutes: 60 },
};

export interface Breach {
  rule: 'quiet-hours' | 'longest-session' | 'overlaps-itself';
  message: string;
  startAtMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

const WORDS: Record<Language, Record<Breach['rule'], (policy: Policy) => string>> = {
  vi: {
    'quiet-hours': ({ quietHours }) => `Phát trong giờ yên tĩnh (${clockOf(quietHours.fromMinute)}–${clockOf(quietHours.toMinute)}).`,
    'longest-session': ({ longestSession }) => `Buổi phát dài hơn ${longestSession.minutes} phút.`,
    'overlaps-itself': () => 'Buổi phát sau bắt đầu khi buổi trước chưa xong.',
  },
  en: {
    'quiet-hours': ({ quietHours }) => `Sounds in the quiet hours (${clockOf(quietHours.fromMinute)}–${clockOf(quietHours.toMinute)}).`,
    'longest-session': ({ longestSession }) => `The session is longer than ${longestSession.minutes} minutes.`,
    'overlaps-itself': () => 'One broadcast begins before the one before it has ended.',
  },
};

/** Where occurrences of one schedule break the policy, in order of time. */
export function breaches(
  occurrences: readonly { startAtMs: number; endAtMs: number }[],
  options: { level: Level; zone: Zone; policy: Policy; language: Language },
): Breach[] {
  const { level, zone, policy, language } = options;
  const found: Breach[] = [];
  for (const [index, { startAtMs, endAtMs }] of occurrences.entries()) {
    const breach = (rule: Breach['rule']) => found.push({ rule, message: WORDS[language][rule](policy), startAtMs });
    if (policy.quietHours.levels.includes(level) && isQuiet(policy.quietHours, zone.localOf(startAtMs), endAtMs - startAtMs)) {
      breach('quiet-hours');
    }
    if (policy.longestSession.levels.includes(level) && endAtMs - startAtMs > policy.longestSession.minutes * MINUTE_MS) {
      breach('longest-session');
    }
    if (endAtMs > (occurrences[index + 1]?.startAtMs ?? Number.POSITIVE_INFINITY)) breach('overlaps-itself');
  }
  return found;
}

function isQuiet({ fromMinute, toMinute }: Policy['quietHours'], startLocalMs: number, durationMs: number): boolean {
  const start = (startLocalMs / MINUTE_MS) % DAY_MINUTES;
  const end = start + durationMs / MINUTE_MS;
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES;
  // The night that began yesterday, today's, and those that a very long session reaches.
  for (let night = fromMinute - DAY_MINUTES; night < end; night += DAY_MINUTES) {
    if (start < night + length && end > night) return true;
  }
  return false;
}

function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
