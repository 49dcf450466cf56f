import { CodedError, type InputFault, type Language } from '@tieng-lang/shared/errors';
import * as z from 'zod';

/** More faults than this help nobody, and an input of a megabyte can hold a hundred thousand. */
const FAULTS_MAX = 50;

/**
 * Validates what came in.
 * @throws CodedError `invalid-input` with each fault, by its path, in the caller's language
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, language: Language): z.output<Schema> {
  const read = schema.safeParse(input, { error: WORDS[language] });
  if (read.success) return read.data;
  const faults: InputFault[] = read.error.issues
    .slice(0, FAULTS_MAX)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: inLanguage(issue.message, language) }));
  throw new CodedError('invalid-input', { faults });
}

type ErrorMap = z.core.$ZodErrorMap;
const LOCALES: Record<Language, ErrorMap> = { vi: z.locales.vi().localeError, en: z.locales.en().localeError };

/** The commonest faults in words of our own; the rest as zod's translators say them. */
function words(language: Language): ErrorMap {
  return (issue) => {
    if (issue.code === 'invalid_type' && issue.input === undefined) return language === 'vi' ? 'Bắt buộc phải có' : 'Required';
    if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) {
      return language === 'vi' ? 'Không được để trống' : 'Must not be empty';
    }
    if (issue.code === 'too_big' && issue.origin === 'string') {
      return language === 'vi' ? `Dài quá ${issue.maximum} ký tự` : `Longer than ${issue.maximum} characters`;
    }
    if (issue.code === 'unrecognized_keys') {
      const keys = issue.keys.slice(0, 10).join(', ');
      return language === 'vi' ? `Không có trường này: ${keys}` : `No such field: ${keys}`;
    }
    return LOCALES[language](issue);
  };
}
const WORDS: Record<Language, ErrorMap> = { vi: words('vi'), en: words('en') };

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

function inLanguage(message: string, language: Language): string {
  return language === 'vi' ? (VIETNAMESE[message] ?? message) : message;
}
