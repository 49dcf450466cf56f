import { Button, Text } from '@mantine/core';
import { IconCalendarEvent } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useClusters } from '../clusters/cluster-queries.ts';
import { timeOf } from '../format/instants.ts';
import { liveBroadcasts } from '../onair/broadcasts.ts';
import { LevelBadge } from '../parts/badges.tsx';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { useReasonWords } from '../parts/reason-words.ts';
import { type DayBroadcast, dayBroadcasts } from '../playlog/broadcast-results.ts';
import { useReceipts } from '../playlog/receipt-queries.ts';
import { useOccurrences } from '../schedule/schedule-queries.ts';
import { useUser } from '../session/session.tsx';

export function Today({ date, nowMs }: { date: string; nowMs: number }) {
  const { t } = useTranslation();
  const user = useUser();
  const occurrences = useOccurrences(date, date);
  const receipts = useReceipts({ from: date, to: date });
  const clusters = useClusters();
  if (occurrences.isError && !occurrences.data) return <Fault error={occurrences.error} onRetry={() => void occurrences.refetch()} />;
  if (!occurrences.data || !receipts.data) return <RowSkeletons rows={3} />;
  const live = new Map(liveBroadcasts(clusters.data ?? []).map((broadcast) => [broadcast.broadcastId, broadcast.title]));
  const day = dayBroadcasts({ occurrences: occurrences.data.items, lines: receipts.data.items, live, nowMs });
  if (day.length === 0) {
    return (
      <Nothing icon={IconCalendarEvent} title={t('overview.nothingToday')} text={t('overview.nothingTodayText')}>
        {user.may('schedule') ? (
          <Button component={Link} to="/lich-phat/moi">
            {t('overview.schedule')}
          </Button>
        ) : null}
      </Nothing>
    );
  }
  return (
    <ol className="tl-day" data-testid="today">
      {day.map((broadcast) => (
        <DayRow key={broadcast.broadcastId} broadcast={broadcast} />
      ))}
    </ol>
  );
}

function DayRow({ broadcast }: { broadcast: DayBroadcast }) {
  const { t } = useTranslation();
  const to =
    broadcast.phase === 'now'
      ? `/phat-ngay/${encodeURIComponent(broadcast.broadcastId)}`
      : broadcast.phase === 'over'
        ? `/nhat-ky?buoi=${encodeURIComponent(broadcast.broadcastId)}`
        : '/lich-phat';
  return (
    <li data-phase={broadcast.phase}>
      <Link to={to} className="tl-day-row">
        <time>{timeOf(broadcast.startAtMs)}</time>
        <div>
          <Text fw={600} lh={1.35}>
            {broadcast.title}
          </Text>
          <DayResult broadcast={broadcast} />
          {broadcast.level === 'normal' ? null : (
            <div className="tl-day-level">
              <LevelBadge level={broadcast.level} />
            </div>
          )}
        </div>
        <span className="tl-visually-hidden">{t(`overview.phase.${broadcast.phase}`)}</span>
      </Link>
    </li>
  );
}

function DayResult({ broadcast }: { broadcast: DayBroadcast }) {
  const { t } = useTranslation();
  const reasonWords = useReasonWords();
  const { result, phase } = broadcast;
  const total = Math.max(broadcast.clusters, result?.clusters.length ?? 0);
  let tone = 'plain';
  let words: string = t('overview.ahead', { count: total });
  if (broadcast.reason !== null && !result) {
    tone = 'warn';
    words = reasonWords(broadcast.reason);
  } else if (phase === 'now') {
    tone = 'good';
    words = t('overview.now', { count: total });
  } else if (phase === 'over' && !result) {
    words = t('overview.noReceiptsYet');
  } else if (phase === 'over' && result) {
    tone = result.completed === total ? 'good' : 'bad';
    words = t('overview.result', { completed: result.completed, total });
    if (result.reason !== undefined && result.completed < total) words = `${words} · ${reasonWords(result.reason)}`;
  }
  return (
    <Text size="sm" className={`tl-tone-${tone}`}>
      {words}
    </Text>
  );
}
