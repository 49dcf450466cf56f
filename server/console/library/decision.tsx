import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotices } from '../parts/notices.tsx';
import { useUser } from '../session/session.tsx';
import { useBulletinActions } from './bulletin-queries.ts';

/** Approve or refuse, by somebody other than the author. */
export function Decision({ bulletin }: { bulletin: Bulletin }) {
  const { t } = useTranslation();
  const user = useUser();
  const { done, failed } = useNotices();
  const { approve, refuse } = useBulletinActions();
  const [asking, dialog] = useDisclosure(false);
  const [reason, setReason] = useState('');
  if (bulletin.state !== 'waiting' || !user.may('approve')) return null;
  if (bulletin.author === user.username) {
    return (
      <Text size="sm" className="tl-note">
        {t('review.ownBulletin')}
      </Text>
    );
  }
  // By promises: the live event may take this card away before the answer comes, and with it a mutation's own callbacks.
  const approveIt = () => {
    approve.mutateAsync(bulletin.id).then(() => done(t('review.approved', { title: bulletin.title })), failed);
  };
  const refuseIt = () => {
    refuse.mutateAsync({ id: bulletin.id, reason: reason.trim() }).then(() => {
      dialog.close();
      done(t('review.refused', { title: bulletin.title }));
    }, failed);
  };
  return (
    <>
      <Group gap="sm" grow className="tl-decision">
        <Button
          variant="default"
          leftSection={<IconX size={20} aria-hidden />}
          onClick={dialog.open}
          disabled={approve.isPending}
          aria-label={t('review.refuseTitle', { title: bulletin.title })}
        >
          {t('review.refuse')}
        </Button>
        <Button
          leftSection={<IconCheck size={20} aria-hidden />}
          onClick={approveIt}
          loading={approve.isPending}
          aria-label={t('review.approveTitle', { title: bulletin.title })}
        >
          {t('review.approve')}
        </Button>
      </Group>
      <Modal opened={asking} onClose={dialog.close} title={t('review.refuseTitle', { title: bulletin.title })}>
        <Stack>
          <Textarea
            label={t('review.reason')}
            description={t('review.reasonHint')}
            autosize
            minRows={3}
            maxLength={1000}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>
              {t('common.cancel')}
            </Button>
            <Button color="cinnabar" disabled={reason.trim() === ''} loading={refuse.isPending} onClick={refuseIt}>
              {t('review.refuse')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
