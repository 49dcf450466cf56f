import { ActionIcon, Menu } from '@mantine/core';
import { IconCalendarOff, IconDots, IconTrash } from '@tabler/icons-react';
import { type Occurrence, schedule } from '@tieng-lang/shared/contract/http/schedule';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/api-error.ts';
import { useServices } from '../app/services.ts';
import { localDateOf, showDate, timeOf } from '../format/instants.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { useNotices } from '../parts/notices.tsx';
import { useScheduleRefresh } from './schedule-queries.ts';
import { useScheduleRemoval } from './schedule-removal.ts';

/** What can be done with one date of a schedule: leave it out, or end the whole schedule. */
export function OccurrenceMenu({ occurrence }: { occurrence: Occurrence }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const confirm = useConfirm();
  const refresh = useScheduleRefresh();
  const { done, failed } = useNotices();
  const remove = useScheduleRemoval();
  const path = `/schedules/${encodeURIComponent(occurrence.scheduleId)}`;
  const words = { title: occurrence.title, date: showDate(localDateOf(occurrence.startAt)), time: timeOf(occurrence.startAt) };

  const leaveOut = async () => {
    const sure = await confirm({
      title: t('schedule.skipTitle', words),
      text: t('schedule.skipText'),
      action: t('schedule.skip'),
      danger: true,
    });
    if (!sure) return;
    try {
      const known = await api.get(path, schedule);
      const exceptDates = [...new Set([...known.exceptDates, localDateOf(occurrence.startAt)])];
      const patch = known.decision ? { exceptDates, decision: known.decision } : { exceptDates };
      // What clashed before clashes no more by one date less, so what was decided (or came to clash since) stands.
      await api.send('PATCH', path, patch, schedule).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.code !== 'needs-decision') throw error;
        return api.send('PATCH', path, { exceptDates, decision: { action: 'keep-both' } }, schedule);
      });
      await refresh();
      done(t('schedule.skipped', words));
    } catch (error) {
      failed(error);
    }
  };
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={40} aria-label={t('schedule.actions', words)}>
          <IconDots size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCalendarOff size={18} aria-hidden />} onClick={() => void leaveOut()}>
          {t('schedule.skip')}
        </Menu.Item>
        <Menu.Item
          color="cinnabar"
          leftSection={<IconTrash size={18} aria-hidden />}
          onClick={() => void remove(occurrence.scheduleId, occurrence.title)}
        >
          {t('schedule.remove')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
