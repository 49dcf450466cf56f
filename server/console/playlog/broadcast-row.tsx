import { Collapse, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import type { PlayLogLine } from '@tieng-lang/shared/contract/http/receipts';
import { useTranslation } from 'react-i18next';
import { dateOf, timeOf, timeWithSecondsOf } from '../format/instants.ts';
import { clockLength, decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { LevelBadge, OutcomeBadge } from '../parts/badges.tsx';
import { useReasonWords } from '../parts/reason-words.ts';
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
        <Lines result={result} />
      </Collapse>
    </section>
  );
}

function Lines({ result }: { result: BroadcastResult }) {
  const { t } = useTranslation();
  const lines = result.clusters.flatMap((cluster) => cluster.lines);
  const severalItems = lines.some((line) => line.itemIndex !== lines[0]?.itemIndex);
  return (
    <div className="tl-lines-box">
      <table className="tl-lines">
        <thead>
          <tr>
            <th>{t('playLog.cluster')}</th>
            {severalItems ? <th>{t('playLog.item')}</th> : null}
            <th>{t('playLog.outcome')}</th>
            <th>{t('playLog.planned')}</th>
            <th>{t('playLog.started')}</th>
            <th>{t('playLog.heard')}</th>
            <th>{t('playLog.skew')}</th>
            <th>{t('playLog.level')}</th>
            <th>{t('playLog.hash')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Line key={`${line.cluster} ${line.itemIndex}`} line={line} withItem={severalItems} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ line, withItem }: { line: PlayLogLine; withItem: boolean }) {
  const { t, i18n } = useTranslation();
  const reasonWords = useReasonWords();
  const language = languageOf(i18n);
  const lateMs = line.startedAt === undefined ? undefined : Date.parse(line.startedAt) - Date.parse(line.plannedAt);
  return (
    <tr>
      <th scope="row">{line.cluster}</th>
      {withItem ? <td data-label={t('playLog.item')}>{line.title}</td> : null}
      <td data-label={t('playLog.outcome')}>
        <OutcomeBadge outcome={line.outcome} />
        {line.reason === undefined ? null : <small>{reasonWords(line.reason)}</small>}
      </td>
      <td data-label={t('playLog.planned')}>{timeWithSecondsOf(line.plannedAt)}</td>
      <td data-label={t('playLog.started')}>
        {line.startedAt === undefined ? '–' : timeWithSecondsOf(line.startedAt)}
        {lateMs === undefined || Math.abs(lateMs) < 1000 ? null : (
          <small>{t('playLog.late', { s: decimal(lateMs / 1000, 1, language) })}</small>
        )}
      </td>
      <td data-label={t('playLog.heard')}>
        {clockLength(line.heardMs)} / {clockLength(line.plannedMs)}
      </td>
      <td data-label={t('playLog.skew')}>{line.skewMs === undefined ? '–' : `${decimal(line.skewMs, 2, language)} ms`}</td>
      <td data-label={t('playLog.level')}>{line.rmsDbfs === undefined ? '–' : `${decimal(line.rmsDbfs, 1, language)} dBFS`}</td>
      <td data-label={t('playLog.hash')}>
        <code title={line.sha256}>{line.sha256.slice(0, 8)}</code>
      </td>
    </tr>
  );
}
