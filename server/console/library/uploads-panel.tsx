import { ActionIcon, Anchor, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconRefresh, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useServices } from '../app/services.ts';
import { megabytes } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { useSentence } from '../parts/sentence.ts';
import { useBulletins } from './bulletin-queries.ts';
import type { Upload } from './uploads.ts';
import { useUploads } from './uploads-list.ts';

/** What is on its way to the server, on every page until it has arrived and been seen. */
export function UploadsPanel() {
  const { t } = useTranslation();
  const { uploads } = useServices();
  const list = useUploads();
  if (list.length === 0) return null;
  const settled = list.every((upload) => upload.stage === 'done' || upload.stage === 'failed');
  return (
    <aside className="tl-uploads" aria-label={t('upload.title')}>
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{t('upload.title')}</Text>
        {settled ? (
          <Button size="compact-sm" variant="subtle" onClick={() => uploads.clearFinished()}>
            {t('common.close')}
          </Button>
        ) : null}
      </Group>
      <Stack gap="sm" className="tl-uploads-list">
        {list.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
      </Stack>
    </aside>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { t, i18n } = useTranslation();
  const { uploads } = useServices();
  const sentence = useSentence();
  const { stage } = upload;
  const { data: bulletins } = useBulletins();
  const media = bulletins?.items.find((bulletin) => bulletin.id === upload.bulletinId)?.media;
  const bad = stage === 'failed' || media?.state === 'refused';
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" truncate>
          {upload.bulletinId ? (
            <Anchor component={Link} to={`/thu-vien/${upload.bulletinId}`}>
              {upload.name}
            </Anchor>
          ) : (
            upload.name
          )}
        </Text>
        <Group gap={2} wrap="nowrap">
          {stage === 'failed' && upload.error?.code !== 'media-empty' && upload.error?.code !== 'body-too-large' ? (
            <ActionIcon variant="subtle" aria-label={t('upload.retry', { name: upload.name })} onClick={() => uploads.retry(upload.key)}>
              <IconRefresh size={16} aria-hidden />
            </ActionIcon>
          ) : null}
          {stage === 'done' ? null : (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('upload.cancel', { name: upload.name })}
              onClick={() => uploads.cancel(upload.key)}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      </Group>
      {stage === 'sending' ? <Progress value={upload.progress * 100} size="sm" aria-label={upload.name} /> : null}
      <Text size="xs" className={bad ? 'tl-tone-bad' : stage === 'done' ? 'tl-tone-good' : 'tl-tone-plain'} role="status">
        {stage === 'failed'
          ? sentence(upload.error)
          : stage === 'sending'
            ? t('upload.sending', { percent: Math.floor(upload.progress * 100), size: megabytes(upload.bytes, languageOf(i18n)) })
            : media?.state === 'refused'
              ? media.refusal?.message
              : media?.state === 'processing'
                ? t('media.processing', { percent: Math.round(media.progress * 100) })
                : t(`upload.${stage}`)}
      </Text>
    </div>
  );
}
