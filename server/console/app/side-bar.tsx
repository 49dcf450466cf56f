import { Box, NavLink, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useWaitingCount } from '../library/bulletin-queries.ts';
import { Brand } from '../parts/brand.tsx';
import { useUser } from '../session/session.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ConnectionLamp } from './connection-banner.tsx';
import { sidePlaces } from './navigation.ts';

export const isAt = (pathname: string, to: string): boolean =>
  to === '/' ? pathname === '/' || pathname.startsWith('/cum-loa/') : pathname === to || pathname.startsWith(`${to}/`);

export function SideBar({ commune }: { commune: string | undefined }) {
  const { t } = useTranslation();
  const user = useUser();
  const { pathname } = useLocation();
  const waiting = useWaitingCount();
  return (
    <Stack h="100%" gap={0} p="md">
      <Box px={6} py={8} mb="md">
        <Brand subtitle={commune ? t('nav.commune', { commune }) : undefined} />
      </Box>
      <Stack gap={4} flex={1} component="nav">
        {sidePlaces(user.may).map((place) => (
          <NavLink
            key={place.to}
            component={Link}
            to={place.to}
            label={t(`nav.${place.label}`)}
            leftSection={
              <span className="tl-nav-icon">
                <place.icon size={21} stroke={1.7} aria-hidden />
                {place.label === 'review' && waiting > 0 ? <span className="tl-count">{waiting}</span> : null}
              </span>
            }
            active={isAt(pathname, place.to)}
            aria-current={isAt(pathname, place.to) ? 'page' : undefined}
            className="tl-nav-link"
          />
        ))}
      </Stack>
      <ConnectionLamp />
      <AccountMenu />
    </Stack>
  );
}
