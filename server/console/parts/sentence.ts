import { describeError, isErrorCode } from '@tieng-lang/shared/errors';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/api-error.ts';
import { languageOf } from '../i18n/i18n.ts';

/** Turns what went wrong into a sentence for a person: the server's own where it has spoken. */
export function useSentence(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('fault.unknown');
    if (error.detail) return error.detail;
    if (error.code === 'network' || error.code === 'timeout' || error.code === 'answer-not-understood') return t(`fault.${error.code}`);
    return isErrorCode(error.code) ? describeError(error.code, languageOf(i18n)) : t('fault.unknown');
  };
}
