import { Alert, Group, Loader, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Media } from '@tieng-lang/shared/contract/http/content';
import { useTranslation } from 'react-i18next';
import { SoundPlayer } from '../parts/sound-player.tsx';

/** The sound of a bulletin in whatever state it is: in the making, refused with a reason, or ready to be heard. */
export function BulletinSound({ media, title }: { media: Media; title: string }) {
  const { t } = useTranslation();
  if (media.state === 'processing') {
    return (
      <Stack gap={6} role="status">
        <Group gap="xs">
          <Loader size="xs" />
          <Text size="sm">{t('media.processing', { percent: Math.round(media.progress * 100) })}</Text>
        </Group>
        <Progress value={Math.max(3, media.progress * 100)} animated aria-label={t('media.progress')} />
      </Stack>
    );
  }
  if (media.state === 'refused') {
    return (
      <Alert color="cinnabar" icon={<IconAlertTriangle aria-hidden />} title={t('media.refused')} role="alert">
        {media.refusal?.message ?? t('fault.unknown')}
      </Alert>
    );
  }
  return (
    <Stack gap="xs">
      <SoundPlayer key={media.id} mediaId={media.id} title={title} durationMs={media.durationMs ?? 0} />
      {media.warning ? (
        <Alert color="rice" icon={<IconAlertTriangle aria-hidden />}>
          {media.warning}
        </Alert>
      ) : null}
    </Stack>
  );
}
