import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { Occurrence } from '@tieng-lang/shared/contract/http/schedule';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useNow } from '../app/use-now.ts';
import { useClusters } from '../clusters/cluster-queries.ts';
import { addDays, localDateOf, mondayOf, showDate, timeOf, weekdayNameOf } from '../format/instants.ts';
import { clockLength } from '../format/lengths.ts';
import { LevelBadge } from '../parts/badges.tsx';
import { Fault } from '../parts/fault.tsx';
import { useReasonWords } from '../parts/reason-words.ts';
import { useUser } from '../session/session.tsx';
import { OccurrenceMenu } from './occurrence-menu.tsx';
import { useOccurrences } from './schedule-queries.ts';

const MINUTE_MS = 60_000;

/** A week as a list by day, Monday first. */
export function Week() {
  const { t } = useTranslation();
  const nowMs = useNow(MINUTE_MS);
  const today = localDateOf(nowMs);
  const [monday, setMonday] = useState(() => mondayOf(today));
  const sunday = addDays(monday, 6);
  const occurrences = useOccurrences(monday, sunday);
  const days = Array.from({ length: 7 }, (_, day) => addDays(monday, day));
  return (
    <>
      <Group justify="space-between" mb="md" gap="sm">
        <Text fw={600} size="lg" className="tl-number" aria-live="polite">
          {showDate(monday).slice(0, 5)} – {showDate(sunday)}
        </Text>
        <Group gap="xs">
          <Button variant="default" size="sm" onClick={() => setMonday(mondayOf(today))} disabled={monday === mondayOf(today)}>
            {t('schedule.thisWeek')}
          </Button>
          <ActionIcon variant="default" size={36} aria-label={t('schedule.weekBefore')} onClick={() => setMonday(addDays(monday, -7))}>
            <IconChevronLeft size={20} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" size={36} aria-label={t('schedule.weekAfter')} onClick={() => setMonday(addDays(monday, 7))}>
            <IconChevronRight size={20} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      {occurrences.isError && !occurrences.data ? <Fault error={occurrences.error} onRetry={() => void occurrences.refetch()} /> : null}
      {occurrences.isPending ? <RowSkeletons rows={5} /> : null}
      {occurrences.data ? (
        <div className="tl-week" data-testid="week">
          {days.map((date) => (
            <Day key={date} date={date} today={today} nowMs={nowMs} all={occurrences.data.items} />
          ))}
        </div>
      ) : null}
    </>
  );
}

function Day({ date, today, nowMs, all }: { date: string; today: string; nowMs: number; all: Occurrence[] }) {
  const { t } = useTranslation();
  const own = all.filter((occurrence) => localDateOf(occurrence.startAt) === date);
  return (
    <section data-today={date === today || undefined} data-past={date < today || undefined} aria-label={showDate(date)}>
      <h3>
        <b>{t(`weekday.${weekdayNameOf(date)}`)}</b>
        <span>{showDate(date).slice(0, 5)}</span>
        {date === today ? <em>{t('schedule.today')}</em> : null}
      </h3>
      {own.length === 0 ? (
        <p>{t('schedule.nothing')}</p>
      ) : (
        <ul>
          {own.map((occurrence) => (
            <OccurrenceRow key={occurrence.broadcastId} occurrence={occurrence} over={Date.parse(occurrence.endAt) < nowMs} />
          ))}
        </ul>
      )}
    </section>
  );
}

function OccurrenceRow({ occurrence, over }: { occurrence: Occurrence; over: boolean }) {
  const { t } = useTranslation();
  const user = useUser();
  const total = useClusters().data?.length;
  const reasonWords = useReasonWords();
  const reaches = occurrence.clusters.length;
  return (
    <li data-over={over || undefined} data-level={occurrence.level}>
      <time>
        {timeOf(occurrence.startAt)}
        <span>{clockLength(Date.parse(occurrence.endAt) - Date.parse(occurrence.startAt))}</span>
      </time>
      <div>
        <Text fw={600} lh={1.35}>
          {occurrence.title}
        </Text>
        <Text size="sm" c="dimmed">
          {reaches === total ? t('targets.all') : t('targets.clusterCount', { count: reaches })}
          {occurrence.items.length > 1 ? ` · ${t('programme.itemCount', { count: occurrence.items.length })}` : ''}
        </Text>
        {occurrence.reason === null ? null : (
          <Text size="sm" className="tl-tone-bad">
            {reasonWords(occurrence.reason)}
          </Text>
        )}
        <LevelBadge level={occurrence.level} />
      </div>
      {user.may('schedule') && !over ? <OccurrenceMenu occurrence={occurrence} /> : null}
    </li>
  );
}
