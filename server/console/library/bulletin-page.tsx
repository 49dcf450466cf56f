import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBroadcast, IconCalendarPlus, IconFileText, IconPencil, IconSend, IconX } from '@tabler/icons-react';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { PageSkeleton } from '../app/page-skeleton.tsx';
import { dateTimeOf } from '../format/instants.ts';
import { decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { BulletinStateBadge, LevelBadge } from '../parts/badges.tsx';
import { Fault } from '../parts/fault.tsx';
import { useNotices } from '../parts/notices.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { useUser } from '../session/session.tsx';
import { BulletinEditor } from './bulletin-editor.tsx';
import { useBulletin, useBulletinActions } from './bulletin-queries.ts';
import { BulletinSound } from './bulletin-sound.tsx';
import { BulletinWords } from './bulletin-words.tsx';
import { Decision } from './decision.tsx';

export function BulletinPage() {
  const { id } = useParams();
  const { t } = useTranslation();
  const bulletin = useBulletin(id);
  const back = { to: '/thu-vien', label: t('library.title') };
  if (bulletin.data) return <Detail bulletin={bulletin.data} back={back} />;
  if (!bulletin.isError) return <PageSkeleton />;
  return (
    <Page title={t('bulletin.title')} back={back}>
      <Fault error={bulletin.error} onRetry={() => void bulletin.refetch()} />
    </Page>
  );
}

function Detail({ bulletin, back }: { bulletin: Bulletin; back: { to: string; label: string } }) {
  const { t } = useTranslation();
  const user = useUser();
  const [editing, edit] = useDisclosure(false);
  return (
    <Page
      title={bulletin.title}
      back={back}
      narrow
      text={
        <Group component="span" gap="xs" mt={6}>
          <BulletinStateBadge state={bulletin.state} />
          <LevelBadge level={bulletin.level} always />
        </Group>
      }
    >
      {bulletin.state === 'refused' && bulletin.refusalReason ? (
        <Alert color="cinnabar" icon={<IconX aria-hidden />} title={t('bulletin.refusedBy', { approver: bulletin.approver ?? '' })}>
          {bulletin.refusalReason}
        </Alert>
      ) : null}
      <Sheet>
        <Stack gap="lg">
          <BulletinSound media={bulletin.media} title={bulletin.title} />
          {editing ? <BulletinEditor bulletin={bulletin} onClose={edit.close} /> : <BulletinWords bulletin={bulletin} />}
          <Actions bulletin={bulletin} editing={editing} onEdit={edit.open} />
          <Decision bulletin={bulletin} />
          {bulletin.state === 'waiting' && !user.may('approve') ? <Text className="tl-note">{t('bulletin.waitingNote')}</Text> : null}
        </Stack>
      </Sheet>
      <History bulletin={bulletin} />
    </Page>
  );
}

function Actions({ bulletin, editing, onEdit }: { bulletin: Bulletin; editing: boolean; onEdit: () => void }) {
  const { t } = useTranslation();
  const user = useUser();
  const navigate = useNavigate();
  const { done, failed } = useNotices();
  const { submit } = useBulletinActions();
  if (editing) return null;
  const change = () => (bulletin.text === null ? onEdit() : void navigate(`/thu-vien/soan?ban-tin=${bulletin.id}`));
  const sendIt = () => {
    submit.mutateAsync(bulletin.id).then(() => done(t('bulletin.submitted')), failed);
  };
  return (
    <Group gap="sm">
      {bulletin.state === 'draft' && user.may('write') ? (
        <Button
          leftSection={<IconSend size={20} aria-hidden />}
          disabled={bulletin.media.state === 'refused'}
          loading={submit.isPending}
          onClick={sendIt}
        >
          {t('bulletin.submit')}
        </Button>
      ) : null}
      {bulletin.state === 'approved' && user.may('play') ? (
        <Button component={Link} to={`/phat-ngay?ban-tin=${bulletin.id}`} leftSection={<IconBroadcast size={20} aria-hidden />}>
          {t('nav.play')}
        </Button>
      ) : null}
      {bulletin.state === 'approved' && user.may('schedule') ? (
        <Button
          component={Link}
          to={`/lich-phat/moi?ban-tin=${bulletin.id}`}
          variant="default"
          leftSection={<IconCalendarPlus size={20} aria-hidden />}
        >
          {t('overview.schedule')}
        </Button>
      ) : null}
      {user.may('write') ? (
        <Button variant="default" leftSection={<IconPencil size={20} aria-hidden />} onClick={change}>
          {t('common.edit')}
        </Button>
      ) : null}
    </Group>
  );
}

function History({ bulletin }: { bulletin: Bulletin }) {
  const { t, i18n } = useTranslation();
  const { media } = bulletin;
  return (
    <Sheet title={t('bulletin.about')}>
      <dl className="tl-facts">
        <div>
          <dt>{t('bulletin.author')}</dt>
          <dd>
            {bulletin.author}, {dateTimeOf(bulletin.createdAt)}
          </dd>
        </div>
        {bulletin.submittedAt ? (
          <div>
            <dt>{t('bulletin.submittedAt')}</dt>
            <dd>{dateTimeOf(bulletin.submittedAt)}</dd>
          </div>
        ) : null}
        {bulletin.approver && bulletin.decidedAt ? (
          <div>
            <dt>{t('bulletin.approver')}</dt>
            <dd>
              {bulletin.approver}, {dateTimeOf(bulletin.decidedAt)}
            </dd>
          </div>
        ) : null}
        {media.loudnessLufs === null ? null : (
          <div>
            <dt>{t('bulletin.loudness')}</dt>
            <dd>
              {decimal(media.loudnessLufs, 1, languageOf(i18n))} LUFS
              {media.sourceLufs === null
                ? ''
                : ` ${t('bulletin.sourceLoudness', { lufs: decimal(media.sourceLufs, 1, languageOf(i18n)) })}`}
            </dd>
          </div>
        )}
        {bulletin.voice ? (
          <div>
            <dt>{t('compose.voice')}</dt>
            <dd>{t(`voice.${bulletin.voice}`)}</dd>
          </div>
        ) : null}
      </dl>
      {bulletin.state === 'approved' ? (
        <Text size="sm" mt="md">
          <IconFileText size={16} aria-hidden className="tl-inline-icon" />{' '}
          <Anchor component={Link} to="/lich-phat">
            {t('nav.schedule')}
          </Anchor>
        </Text>
      ) : null}
    </Sheet>
  );
}
