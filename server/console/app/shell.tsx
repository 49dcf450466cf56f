import { AppShell, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Outlet, ScrollRestoration } from 'react-router';
import { useStation } from '../clusters/cluster-queries.ts';
import { UploadsPanel } from '../library/uploads-panel.tsx';
import { OnairBar } from '../onair/onair-bar.tsx';
import { Brand } from '../parts/brand.tsx';
import { AccountMenu } from './account-menu.tsx';
import { BottomBar } from './bottom-bar.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { SideBar } from './side-bar.tsx';

/** The frame around every page: the side bar on a wide screen, a head and a bottom bar on a phone. */
export function Shell() {
  const { t } = useTranslation();
  const station = useStation();
  return (
    <AppShell navbar={{ width: 280, breakpoint: 'sm', collapsed: { mobile: true } }} padding={0} withBorder={false}>
      <a href="#noi-dung" className="tl-skip">
        {t('common.skip')}
      </a>
      <AppShell.Navbar className="tl-side" aria-label={t('nav.label')}>
        <SideBar commune={station.data?.commune} />
      </AppShell.Navbar>
      <AppShell.Main className="tl-main">
        <Group component="header" className="tl-head" hiddenFrom="sm" justify="space-between" wrap="nowrap">
          <Brand size={32} />
          <AccountMenu compact />
        </Group>
        <div className="tl-strips">
          <ConnectionBanner />
          <OnairBar />
        </div>
        <main id="noi-dung" className="tl-content" tabIndex={-1}>
          <Outlet />
        </main>
        <UploadsPanel />
        <BottomBar />
      </AppShell.Main>
      <ScrollRestoration />
    </AppShell>
  );
}
