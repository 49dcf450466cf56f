import { ActionIcon, Group, NumberInput, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconBroadcast, IconHourglass, IconMicrophone, IconMusic, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { clockLength } from '../format/lengths.ts';
import { useBulletins } from '../library/bulletin-queries.ts';
import { BulletinStateBadge } from '../parts/badges.tsx';
import type { DraftItem } from './programme-draft.ts';
import { useTunes } from './schedule-queries.ts';

interface ItemsProps {
  draft: readonly DraftItem[];
  lengthOf: (item: DraftItem) => number;
  onMove: (from: number, to: number) => void;
  onRemove: (key: number) => void;
  onGap: (key: number, gapMs: number) => void;
}

/** The items in their order; moved by buttons, which work by finger, mouse and keyboard alike. */
export function ProgrammeItems({ draft, lengthOf, onMove, onRemove, onGap }: ItemsProps) {
  const { t } = useTranslation();
  const look = useItemLook();
  if (draft.length === 0) return <Text c="dimmed">{t('programme.empty')}</Text>;
  return (
    <ol className="tl-items" data-testid="programme-items">
      {draft.map((entry, index) => {
        const { icon: Mark, title, state } = look(entry);
        const { item } = entry;
        return (
          <li key={entry.key}>
            <Mark size={20} stroke={1.7} aria-hidden />
            <div className="tl-items-body">
              <Text fw={600} lh={1.35}>
                {title}
              </Text>
              {'gapMs' in item ? (
                <NumberInput
                  aria-label={t('programme.gapSeconds')}
                  size="sm"
                  w={130}
                  min={0}
                  max={600}
                  decimalScale={1}
                  decimalSeparator=","
                  suffix=" s"
                  value={item.gapMs / 1000}
                  onChange={(seconds) => onGap(entry.key, Math.round((typeof seconds === 'number' ? seconds : 0) * 1000))}
                />
              ) : (
                <Text size="sm" c="dimmed" className="tl-number">
                  {clockLength(lengthOf(entry))}
                </Text>
              )}
              {state && state !== 'approved' ? <BulletinStateBadge state={state} /> : null}
            </div>
            <Group gap={2} wrap="nowrap">
              <ActionIcon
                variant="subtle"
                color="gray"
                size={40}
                disabled={index === 0}
                aria-label={t('programme.up', { title })}
                onClick={() => onMove(index, index - 1)}
              >
                <IconArrowUp size={20} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={40}
                disabled={index === draft.length - 1}
                aria-label={t('programme.down', { title })}
                onClick={() => onMove(index, index + 1)}
              >
                <IconArrowDown size={20} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="cinnabar"
                size={40}
                aria-label={t('programme.take', { title })}
                onClick={() => onRemove(entry.key)}
              >
                <IconTrash size={20} aria-hidden />
              </ActionIcon>
            </Group>
          </li>
        );
      })}
    </ol>
  );
}

function useItemLook() {
  const { t } = useTranslation();
  const tunes = useTunes().data?.items ?? [];
  const bulletins = useBulletins().data?.items ?? [];
  return ({ item }: DraftItem) => {
    if ('gapMs' in item) return { icon: IconHourglass, title: t('programme.gap'), state: undefined };
    if ('relay' in item) return { icon: IconBroadcast, title: t('programme.relay'), state: undefined };
    if ('tuneId' in item) {
      return { icon: IconMusic, title: tunes.find((tune) => tune.id === item.tuneId)?.title ?? item.tuneId, state: undefined };
    }
    const bulletin = bulletins.find((known) => known.id === item.bulletinId);
    return { icon: IconMicrophone, title: bulletin?.title ?? item.bulletinId, state: bulletin?.state };
  };
}
