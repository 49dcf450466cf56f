import type { Media } from '@tieng-lang/shared/contract/http/content';
import { describeError, type ErrorParams, isErrorCode, type Language } from '@tieng-lang/shared/errors';
import { toIso } from '@tieng-lang/shared/time/clock';
import { damageOf, type MediaRow } from './media-store.ts';
import type { Damage } from './sound/sound-maker.ts';

/** A media as it leaves, in the language of who asks. `progress` counts only while it is being processed. */
export function toMedia(row: MediaRow, progress: number, language: Language): Media {
  const damage = damageOf(row);
  return {
    id: row.id,
    title: row.title,
    state: row.state,
    progress: row.state === 'processing' ? progress : 1,
    durationMs: row.duration_ms,
    sourceLufs: row.source_lufs,
    loudnessLufs: row.loudness_lufs,
    truePeakDbtp: row.true_peak_dbtp,
    sha256: row.sha256,
    bytes: row.bytes,
    warning: damage && describeDamage(damage, language),
    refusal: refusalOf(row, language),
    createdAt: toIso(row.created_at_ms),
    createdBy: row.created_by_name,
  };
}

function refusalOf(row: MediaRow, language: Language): Media['refusal'] {
  if (row.refusal_code === null) return null;
  const params = JSON.parse(row.refusal_params ?? '{}') as ErrorParams;
  const code = isErrorCode(row.refusal_code) ? row.refusal_code : 'media-processing-failed';
  return { code, message: describeError(code, language, params) };
}

/** What was lost of a damaged file that was taken all the same. */
export function describeDamage({ statedMs, decodedMs, faults }: Damage, language: Language): string {
  if (statedMs === null) {
    return language === 'vi'
      ? `Tệp có ${faults} chỗ hỏng; hãy nghe lại trước khi gửi duyệt.`
      : `The file is damaged in ${faults} places; listen to it before you submit it.`;
  }
  const [whole, there] = [minutes(statedMs), minutes(decodedMs)];
  return language === 'vi'
    ? `Tệp bị cắt cụt: ghi là dài ${whole} nhưng chỉ đọc được ${there} đầu; phần sau đã mất.`
    : `The file is cut off: it says ${whole}, but only the first ${there} could be read; the rest is lost.`;
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Longer than any title that a person types; the contract's limit. */
const TITLE_CHARACTERS_MAX = 200;

/**
 * A file's name as a title. Names come composed (NFC) and decomposed (NFD, from a Mac): the same name is the same title.
 */
export function titleOfFile(name: string): string {
  const base = name.normalize('NFC').replace(/^.*[\\/]/, '');
  const plain = base
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .trim();
  return (
    Array.from(plain)
      .slice(0, TITLE_CHARACTERS_MAX / 2)
      .join('') || 'Bản ghi âm'
  );
}
