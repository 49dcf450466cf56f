import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

interface PageProps {
  title: string;
  text?: ReactNode;
  actions?: ReactNode;
  /** Where the page belongs, for pages below others. */
  back?: { to: string; label: string };
  /** Reading and form pages are narrow; lists take the width. */
  narrow?: boolean;
  children: ReactNode;
}

export function Page({ title, text, actions, back, narrow, children }: PageProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('common.product')}`;
  }, [title, t]);
  return (
    <Stack gap="lg" maw={narrow ? 860 : 1240} mx="auto" w="100%">
      <div>
        {back ? (
          <Anchor component={Link} to={back.to} size="sm" mb={6} className="tl-back">
            <IconChevronLeft size={16} aria-hidden /> {back.label}
          </Anchor>
        ) : null}
        <Group justify="space-between" align="flex-start" gap="sm">
          <div className="tl-page-title">
            <Title order={1} size="h2">
              {title}
            </Title>
            {text ? (
              <Text c="dimmed" mt={2}>
                {text}
              </Text>
            ) : null}
          </div>
          {actions ? <div className="tl-page-actions">{actions}</div> : null}
        </Group>
      </div>
      {children}
    </Stack>
  );
}

/** A surface that holds one matter. */
export function Sheet({ title, aside, children, flush }: { title?: string; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={flush ? 'tl-sheet tl-sheet-flush' : 'tl-sheet'} aria-label={title}>
      {title ? (
        <Group justify="space-between" className="tl-sheet-head" gap="sm">
          <Title order={2} size="h4">
            {title}
          </Title>
          {aside}
        </Group>
      ) : null}
      {children}
    </section>
  );
}
