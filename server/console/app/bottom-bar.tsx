import { Drawer, NavLink, Stack, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useWaitingCount } from '../library/bulletin-queries.ts';
import { useUser } from '../session/session.tsx';
import { bottomPlaces } from './navigation.ts';
import { isAt } from './side-bar.tsx';

/** Under the thumb on a phone. */
export function BottomBar() {
  const { t } = useTranslation();
  const user = useUser();
  const { pathname } = useLocation();
  const waiting = useWaitingCount();
  const [open, drawer] = useDisclosure(false);
  const { bar, more } = bottomPlaces(user.may);
  return (
    <>
      <nav className="tl-bottom" aria-label={t('nav.label')}>
        {bar.map((place) => (
          <Link
            key={place.to}
            to={place.to}
            className="tl-bottom-item"
            aria-current={isAt(pathname, place.to) ? 'page' : undefined}
            data-active={isAt(pathname, place.to) || undefined}
            data-strong={place.label === 'play' || undefined}
          >
            <span className="tl-bottom-icon tl-nav-icon">
              <place.icon size={24} stroke={1.7} aria-hidden />
              {place.label === 'review' && waiting > 0 ? <span className="tl-count">{waiting}</span> : null}
            </span>
            {t(`navShort.${place.label}`)}
          </Link>
        ))}
        {more.length > 0 ? (
          <UnstyledButton
            className="tl-bottom-item"
            onClick={drawer.open}
            data-active={more.some((place) => isAt(pathname, place.to)) || undefined}
          >
            <span className="tl-bottom-icon tl-nav-icon">
              <IconDots size={24} aria-hidden />
              {waiting > 0 && more.some((place) => place.label === 'review') ? <span className="tl-count">{waiting}</span> : null}
            </span>
            {t('nav.more')}
          </UnstyledButton>
        ) : null}
      </nav>
      <Drawer opened={open} onClose={drawer.close} position="bottom" size={110 + 52 * more.length} title={t('nav.more')} radius="lg">
        <Stack gap={4} pb="md">
          {more.map((place) => (
            <NavLink
              key={place.to}
              component={Link}
              to={place.to}
              label={t(`nav.${place.label}`)}
              leftSection={<place.icon size={22} stroke={1.7} aria-hidden />}
              rightSection={place.label === 'review' && waiting > 0 ? <span className="tl-count">{waiting}</span> : null}
              onClick={drawer.close}
              className="tl-nav-link"
              active={isAt(pathname, place.to)}
            />
          ))}
        </Stack>
      </Drawer>
    </>
  );
}
