import { Progress, Text } from '@mantine/core';
import { IconFileText, IconMicrophone } from '@tabler/icons-react';
import type { Bulletin } from '@tieng-lang/shared/contract/http/content';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { dateOf } from '../format/instants.ts';
import { clockLength } from '../format/lengths.ts';
import { BulletinStateBadge, LevelBadge } from '../parts/badges.tsx';

export function BulletinRow({ bulletin }: { bulletin: Bulletin }) {
  const { t } = useTranslation();
  const { media } = bulletin;
  const Kind = bulletin.text === null ? IconMicrophone : IconFileText;
  return (
    <li>
      <Link to={`/thu-vien/${bulletin.id}`} className="tl-row">
        <span className="tl-row-kind" title={t(bulletin.text === null ? 'library.recording' : 'library.spokenText')}>
          <Kind size={20} stroke={1.7} aria-hidden />
        </span>
        <span className="tl-row-body">
          <Text component="span" fw={600} className="tl-row-title">
            {bulletin.title}
          </Text>
          <Text component="span" size="sm" c="dimmed">
            {[media.durationMs === null ? null : clockLength(media.durationMs), bulletin.author, dateOf(bulletin.createdAt)]
              .filter(Boolean)
              .join(' · ')}
          </Text>
          {media.state === 'processing' ? (
            <Progress value={Math.max(3, media.progress * 100)} size="sm" animated aria-label={t('media.progress')} />
          ) : null}
          {media.state === 'refused' ? (
            <Text component="span" size="sm" className="tl-tone-bad">
              {media.refusal?.message}
            </Text>
          ) : null}
          {bulletin.state === 'refused' && bulletin.refusalReason ? (
            <Text component="span" size="sm" className="tl-tone-bad">
              {t('bulletin.refusedBecause', { reason: bulletin.refusalReason })}
            </Text>
          ) : null}
        </span>
        <span className="tl-row-badges">
          <LevelBadge level={bulletin.level} />
          <BulletinStateBadge state={bulletin.state} />
        </span>
      </Link>
    </li>
  );
}
