import { Button, Stack, Text } from '@mantine/core';
import { IconChecklist } from '@tabler/icons-react';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { dateTimeOf } from '../format/instants.ts';
import { LevelBadge } from '../parts/badges.tsx';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { Page } from '../parts/page.tsx';
import { useBulletins } from './bulletin-queries.ts';
import { BulletinSound } from './bulletin-sound.tsx';
import { BulletinWords } from './bulletin-words.tsx';
import { Decision } from './decision.tsx';

/** What waits for a decision, each heard and decided in place; made for a phone. */
export function ReviewPage() {
  const { t } = useTranslation();
  const bulletins = useBulletins();
  const waiting = bulletins.data?.items
    .filter((bulletin) => bulletin.state === 'waiting')
    .toSorted((a, b) => (a.submittedAt ?? a.createdAt).localeCompare(b.submittedAt ?? b.createdAt));
  return (
    <Page title={t('nav.review')} text={waiting ? t('review.count', { count: waiting.length }) : undefined} narrow>
      {bulletins.isError && !bulletins.data ? <Fault error={bulletins.error} onRetry={() => void bulletins.refetch()} /> : null}
      {bulletins.isPending ? <RowSkeletons rows={3} /> : null}
      {waiting?.length === 0 ? (
        <Nothing icon={IconChecklist} title={t('review.none')} text={t('review.noneText')}>
          <Button component={Link} to="/thu-vien" variant="default">
            {t('library.title')}
          </Button>
        </Nothing>
      ) : null}
      <Stack gap="md" component="ul" className="tl-plain-list" data-testid="review">
        {waiting?.map((bulletin) => (
          <ReviewCard key={bulletin.id} bulletin={bulletin} />
        ))}
      </Stack>
    </Page>
  );
}

function ReviewCard({ bulletin }: { bulletin: Bulletin }) {
  const { t } = useTranslation();
  return (
    <li className="tl-sheet">
      <Stack gap="md">
        <div>
          <LevelBadge level={bulletin.level} />
          <Text component="h2" fw={600} size="lg" lh={1.35}>
            {bulletin.title}
          </Text>
          <Text size="sm" c="dimmed">
            {t('review.sentBy', { author: bulletin.author, at: dateTimeOf(bulletin.submittedAt ?? bulletin.createdAt) })}
          </Text>
        </div>
        <BulletinSound media={bulletin.media} title={bulletin.title} />
        <BulletinWords bulletin={bulletin} />
        <Decision bulletin={bulletin} />
      </Stack>
    </li>
  );
}
