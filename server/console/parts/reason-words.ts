import { outcomeReason } from '@tieng-lang/shared/contract/journal';
import { describeError, isErrorCode } from '@tieng-lang/shared/errors';
import { useTranslation } from 'react-i18next';
import { languageOf } from '../i18n/i18n.ts';

/** Words for the code of a reason: of an outcome, of the error table, or (from a newer server) the code itself. */
export function useReasonWords(): (code: string) => string {
  const { t, i18n } = useTranslation();
  return (code) => {
    const known = outcomeReason.safeParse(code);
    if (known.success) return t(`reason.${known.data}`);
    return isErrorCode(code) ? describeError(code, languageOf(i18n)) : code;
  };
}
