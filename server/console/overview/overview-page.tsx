import { Button } from '@mantine/core';
import { type Icon, IconBroadcast, IconCalendarPlus, IconChecklist, IconUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet } from 'react-router';
import { useNow } from '../app/use-now.ts';
import { ClusterGrid } from '../clusters/cluster-grid.tsx';
import { useClusters, useStation } from '../clusters/cluster-queries.ts';
import { dateOf, localDateOf, timeOf, weekdayNameOf } from '../format/instants.ts';
import { useWaitingCount } from '../library/bulletin-queries.ts';
import { Fault } from '../parts/fault.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { Figures } from './figures.tsx';
import { Today } from './today.tsx';
import './overview.css';

/** The clock of the page shows minutes, so it may be read this seldom. */
const CLOCK_MS = 5_000;

export function OverviewPage() {
  const { t } = useTranslation();
  const user = useUser();
  const station = useStation();
  const clusters = useClusters();
  const waiting = useWaitingCount();
  const nowMs = useNow(CLOCK_MS);
  const today = localDateOf(nowMs);
  return (
    <Page
      title={station.data?.name ?? t('nav.overview')}
      text={`${t(`weekday.${weekdayNameOf(today)}`)}, ${dateOf(nowMs)} · ${timeOf(nowMs)}`}
      actions={
        <div className="tl-quick">
          {user.may('approve') && waiting > 0 ? (
            <Quick to="/kiem-duyet" icon={IconChecklist} label={t('overview.review', { count: waiting })} strong={!user.may('play')} />
          ) : null}
          {user.may('write') ? <Quick to="/thu-vien?tai-len" icon={IconUpload} label={t('overview.upload')} /> : null}
          {user.may('schedule') ? <Quick to="/lich-phat/moi" icon={IconCalendarPlus} label={t('overview.schedule')} /> : null}
          {user.may('play') ? <Quick to="/phat-ngay" icon={IconBroadcast} label={t('nav.play')} strong /> : null}
        </div>
      }
    >
      <Figures clusters={clusters.data} />
      <div className="tl-overview">
        <Sheet title={t('overview.clusters')} flush>
          {clusters.isError && !clusters.data ? <Fault error={clusters.error} onRetry={() => void clusters.refetch()} /> : null}
          <ClusterGrid clusters={clusters.data} illustrative={station.data?.illustrative ?? false} />
        </Sheet>
        <Sheet title={t('overview.today')}>
          <Today date={today} nowMs={nowMs} />
        </Sheet>
      </div>
      <Outlet />
    </Page>
  );
}

function Quick(props: { to: string; icon: Icon; label: string; strong?: boolean }) {
  const { icon: Mark } = props;
  return (
    <Button
      component={Link}
      to={props.to}
      variant={props.strong ? 'filled' : 'default'}
      leftSection={<Mark size={20} aria-hidden />}
      data-strong={props.strong || undefined}
    >
      {props.label}
    </Button>
  );
}
