import { useTranslation } from 'react-i18next';
import { useServices } from '../app/services.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { useNotices } from '../parts/notices.tsx';
import { useScheduleRefresh } from './schedule-queries.ts';

/** Ends a schedule with all its dates, after one question. */
export function useScheduleRemoval(): (id: string, title: string) => Promise<void> {
  const { t } = useTranslation();
  const { api } = useServices();
  const confirm = useConfirm();
  const refresh = useScheduleRefresh();
  const { done, failed } = useNotices();
  return async (id, title) => {
    const sure = await confirm({
      title: t('schedule.removeTitle', { title }),
      text: t('schedule.removeText'),
      action: t('schedule.remove'),
      danger: true,
    });
    if (!sure) return;
    try {
      await api.tell('DELETE', `/schedules/${encodeURIComponent(id)}`);
      await refresh();
      done(t('schedule.removed', { title }));
    } catch (error) {
      failed(error);
    }
  };
}
