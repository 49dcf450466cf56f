import { ActionIcon, SegmentedControl, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, type Language, languageOf } from '../i18n/i18n.ts';
import { useNotices } from '../parts/notices.tsx';

const LANGUAGES: { value: Language; label: string }[] = [
  { value: 'vi', label: 'Tiếng Việt' },
  { value: 'en', label: 'English' },
];

export function LanguageSwitch() {
  const { i18n, t } = useTranslation();
  const { failed } = useNotices();
  const choose = (language: Language) => {
    chooseLanguage(i18n, language).catch(failed);
  };
  return <SegmentedControl size="xs" aria-label={t('common.language')} data={LANGUAGES} value={languageOf(i18n)} onChange={choose} />;
}

export function SchemeSwitch() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="default" size="lg" aria-label={t(`common.${next}Mode`)} onClick={() => setColorScheme(next)}>
      {scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}
