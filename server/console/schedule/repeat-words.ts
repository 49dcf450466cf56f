import { useTranslation } from 'react-i18next';
import { weekdayName } from '../format/instants.ts';
import { repeatOf } from './recurrence.ts';

/** "Hằng ngày", "Thứ 2, Thứ 4", "Một lần"; a rule that is none of ours is shown as it stands. */
export function useRepeatWords(): (rrule: string | null) => string {
  const { t } = useTranslation();
  return (rrule) => {
    const repeat = repeatOf(rrule);
    if (!repeat) return rrule ?? '';
    if (repeat.kind !== 'weekly') return t(`repeat.${repeat.kind}`);
    const days = repeat.days.map((day) => t(`weekday.${weekdayName(day)}`)).join(', ');
    return repeat.everyWeeks === 1 ? days : t('repeat.everyWeeks', { days, count: repeat.everyWeeks });
  };
}
