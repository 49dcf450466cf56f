import type { Language } from '@tieng-lang/shared/errors';
import * as z from 'zod';

type ErrorMap = z.core.$ZodErrorMap;

const TRANSLATORS: Record<Language, ErrorMap> = { vi: z.locales.vi().localeError, en: z.locales.en().localeError };

/** What a program calls a type, in words for people. */
const TYPES: Readonly<Record<string, Record<Language, string>>> = {
  string: { vi: 'chữ', en: 'text' },
  number: { vi: 'số', en: 'a number' },
  int: { vi: 'số nguyên', en: 'a whole number' },
  boolean: { vi: 'true hoặc false', en: 'true or false' },
  array: { vi: 'danh sách', en: 'a list' },
  object: { vi: 'một đối tượng JSON', en: 'a JSON object' },
};

/** The commonest faults in words of our own; the rest as zod's translators say them. */
function words(language: Language): ErrorMap {
  const say = (vi: string, en: string) => (language === 'vi' ? vi : en);
  return (issue) => {
    if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
      return say('Bắt buộc phải có', 'Required');
    }
    if (issue.code === 'invalid_type') {
      const type = TYPES[issue.expected]?.[language];
      if (type) return say(`Phải là ${type}`, `Must be ${type}`);
    }
    if (issue.code === 'too_small' && issue.origin === 'string') {
      if (issue.minimum === 1) return say('Không được để trống', 'Must not be empty');
      return say(`Ít nhất ${issue.minimum} ký tự`, `At least ${issue.minimum} characters`);
    }
    if (issue.code === 'too_big' && issue.origin === 'string') {
      return say(`Dài quá ${issue.maximum} ký tự`, `Longer than ${issue.maximum} characters`);
    }
    if (issue.code === 'unrecognized_keys') return say('Không có trường này', 'No such field');
    return TRANSLATORS[language](issue);
  };
}

export const WORDS: Record<Language, ErrorMap> = { vi: words('vi'), en: words('en') };

/** The sentences that the contract's own rules give, which are English there. */
const VIETNAMESE: Readonly<Record<string, string>> = {
  'must not be blank': 'Không được để trống',
  'must not hold control characters': 'Không được chứa ký tự điều khiển',
  'is not a date of the calendar': 'Không phải ngày có trên lịch',
  'must look like 2026-11-23': 'Phải có dạng 2026-11-23',
  'must look like 2026-11-23T05:30': 'Phải có dạng 2026-11-23T05:30',
  'letters, digits, ".", "_", "@" and "-" only': 'Chỉ gồm chữ, số và các dấu ".", "_", "@", "-"',
  'at least 8 characters': 'Ít nhất 8 ký tự',
  'give either programmeId or bulletinId': 'Chọn một trong hai: programmeId hoặc bulletinId',
};

/** A rule's sentence in the caller's language; one without a translation as it is. */
export function inLanguage(message: string, language: Language): string {
  return language === 'vi' ? (VIETNAMESE[message] ?? message) : message;
}
