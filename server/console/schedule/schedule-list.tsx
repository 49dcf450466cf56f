import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconCalendarEvent, IconTrash } from '@tabler/icons-react';
import type { Schedule } from '@tieng-lang/shared/contract/http/schedule';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { showDate } from '../format/instants.ts';
import { LevelBadge } from '../parts/badges.tsx';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { Sheet } from '../parts/page.tsx';
import { useTargetWords } from '../parts/target-words.ts';
import { useUser } from '../session/session.tsx';
import { useRepeatWords } from './repeat-words.ts';
import { useSchedules } from './schedule-queries.ts';
import { useScheduleRemoval } from './schedule-removal.ts';

export function ScheduleList() {
  const { t } = useTranslation();
  const user = useUser();
  const schedules = useSchedules();
  if (schedules.isError && !schedules.data) return <Fault error={schedules.error} onRetry={() => void schedules.refetch()} />;
  if (!schedules.data) return <RowSkeletons rows={4} />;
  if (schedules.data.items.length === 0) {
    return (
      <Nothing icon={IconCalendarEvent} title={t('schedule.none')} text={t('schedule.noneText')}>
        {user.may('schedule') ? (
          <Button component={Link} to="/lich-phat/moi">
            {t('schedule.new')}
          </Button>
        ) : null}
      </Nothing>
    );
  }
  return (
    <Sheet>
      <ul className="tl-rows">
        {schedules.data.items.map((item) => (
          <ScheduleRow key={item.id} schedule={item} />
        ))}
      </ul>
    </Sheet>
  );
}

function ScheduleRow({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const user = useUser();
  const targetWords = useTargetWords();
  const repeatWords = useRepeatWords();
  const remove = useScheduleRemoval();
  const facts = [
    repeatWords(schedule.rrule),
    schedule.rrule === null ? showDate(schedule.start) : t('schedule.from', { date: showDate(schedule.start) }),
    schedule.validUntil === null ? null : t('schedule.until', { date: showDate(schedule.validUntil) }),
    targetWords(schedule.targets),
    schedule.exceptDates.length === 0 ? null : t('schedule.except', { count: schedule.exceptDates.length }),
  ].filter((fact) => fact !== null);
  return (
    <li className="tl-row tl-row-still">
      <Text component="span" fw={600} className="tl-number tl-row-time">
        {schedule.start.slice(11, 16)}
      </Text>
      <span className="tl-row-body">
        <Text component="span" fw={600}>
          {schedule.title}
        </Text>
        <Text component="span" size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
      </span>
      <Group gap="xs" wrap="nowrap">
        <LevelBadge level={schedule.level} />
        {user.may('schedule') ? (
          <ActionIcon
            variant="subtle"
            color="cinnabar"
            size={40}
            aria-label={t('schedule.removeTitle', { title: schedule.title })}
            onClick={() => void remove(schedule.id, schedule.title)}
          >
            <IconTrash size={20} aria-hidden />
          </ActionIcon>
        ) : null}
      </Group>
    </li>
  );
}
