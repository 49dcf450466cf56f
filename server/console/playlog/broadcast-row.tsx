import { Collapse, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { dateOf, timeOf } from '../format/instants.ts';
import { clockLength } from '../format/lengths.ts';
import { LevelBadge } from '../parts/badges.tsx';
import { useReasonWords } from '../parts/reason-words.ts';
import { BroadcastLines } from './broadcast-lines.tsx';
import type { BroadcastResult } from './broadcast-results.ts';

/** One broadcast and how many clusters played it; opened, each cluster with its evidence. */
export function BroadcastRow({ result, open }: { result: BroadcastResult; open: boolean }) {
  const { t } = useTranslation();
  const reasonWords = useReasonWords();
  const [opened, { toggle }] = useDisclosure(open);
  const total = result.clusters.length;
  const whole = result.completed === total;
  return (
    <section className="tl-log-item" data-testid="broadcast">
      <UnstyledButton className="tl-log-head" onClick={toggle} aria-expanded={opened}>
        <time>
          <b>{timeOf(result.plannedAtMs)}</b>
          <span>{dateOf(result.plannedAtMs)}</span>
        </time>
        <span className="tl-log-title">
          <Text component="span" fw={600}>
            {result.title}
          </Text>
          <Text component="span" size="sm" c="dimmed">
            {clockLength(result.plannedMs)}
            {result.reason === undefined ? '' : ` · ${reasonWords(result.reason)}`}
          </Text>
          <LevelBadge level={result.level} />
        </span>
        <span className={`tl-score tl-score-${whole ? 'good' : result.completed === 0 ? 'bad' : 'warn'}`}>
          <b>
            {result.completed}/{total}
          </b>
          <span>{t('playLog.succeeded')}</span>
        </span>
        <IconChevronDown size={20} aria-hidden className="tl-chevron" data-open={opened || undefined} />
      </UnstyledButton>
      <Collapse expanded={opened} keepMounted={false}>
        <BroadcastLines result={result} />
      </Collapse>
    </section>
  );
}
