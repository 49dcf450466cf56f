import { ActionIcon, Avatar, Group, Menu, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconLanguage, IconLogout, IconMoon, IconSelector, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, languageOf } from '../i18n/i18n.ts';
import { useNotices } from '../parts/notices.tsx';
import { useSigning, useUser } from '../session/session.tsx';

export function AccountMenu({ compact = false }: { compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const user = useUser();
  const { signOut } = useSigning();
  const { failed } = useNotices();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const nextScheme = scheme === 'dark' ? 'light' : 'dark';
  const nextLanguage = languageOf(i18n) === 'vi' ? 'en' : 'vi';
  const face = <Avatar color="jade" radius="xl" size={compact ? 34 : 36} name={user.username} alt="" />;
  return (
    <Menu position={compact ? 'bottom-end' : 'top-start'} width={236} radius="md">
      <Menu.Target>
        {compact ? (
          <ActionIcon variant="transparent" size={44} aria-label={t('nav.account')}>
            {face}
          </ActionIcon>
        ) : (
          <UnstyledButton className="tl-account" aria-label={t('nav.account')}>
            <Group gap={10} wrap="nowrap">
              {face}
              <div className="tl-account-name">
                <Text fw={600} size="sm" truncate>
                  {user.username}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {t(`role.${user.role}`)}
                </Text>
              </div>
              <IconSelector size={16} aria-hidden />
            </Group>
          </UnstyledButton>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {compact ? (
          <Menu.Label>
            {user.username} · {t(`role.${user.role}`)}
          </Menu.Label>
        ) : null}
        <Menu.Item
          leftSection={<IconLanguage size={18} aria-hidden />}
          onClick={() => void chooseLanguage(i18n, nextLanguage).catch(failed)}
          lang={nextLanguage}
        >
          {nextLanguage === 'vi' ? 'Tiếng Việt' : 'English'}
        </Menu.Item>
        <Menu.Item
          leftSection={scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
          onClick={() => setColorScheme(nextScheme)}
        >
          {t(`common.${nextScheme}Mode`)}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} aria-hidden />} onClick={() => void signOut().catch(failed)}>
          {t('nav.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
