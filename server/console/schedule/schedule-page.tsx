import { Button, Tabs } from '@mantine/core';
import { IconCalendarPlus, IconPlaylistAdd } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { Page } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { ProgrammeList } from './programme-list.tsx';
import { ScheduleList } from './schedule-list.tsx';
import { Week } from './week.tsx';
import './schedule.css';

/** Three views of one matter: the week as it will sound, the schedules behind it, the programmes they play. */
export function SchedulePage() {
  const { t } = useTranslation();
  const user = useUser();
  const [search, setSearch] = useSearchParams();
  const view = search.get('xem') ?? 'tuan';
  return (
    <Page
      title={t('nav.schedule')}
      text={t('schedule.text')}
      actions={
        user.may('schedule') ? (
          <>
            <Button
              component={Link}
              to="/lich-phat/chuong-trinh/moi"
              variant="default"
              leftSection={<IconPlaylistAdd size={20} aria-hidden />}
            >
              {t('programme.new')}
            </Button>
            <Button component={Link} to="/lich-phat/moi" leftSection={<IconCalendarPlus size={20} aria-hidden />}>
              {t('schedule.new')}
            </Button>
          </>
        ) : null
      }
    >
      <Tabs
        value={view}
        onChange={(next) => setSearch(next === 'tuan' || !next ? {} : { xem: next }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="tuan">{t('schedule.week')}</Tabs.Tab>
          <Tabs.Tab value="lich">{t('schedule.all')}</Tabs.Tab>
          <Tabs.Tab value="chuong-trinh">{t('programme.all')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="tuan">
          <Week />
        </Tabs.Panel>
        <Tabs.Panel value="lich">
          <ScheduleList />
        </Tabs.Panel>
        <Tabs.Panel value="chuong-trinh">
          <ProgrammeList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
