import { UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import type { PlayLogLine } from '@tieng-lang/shared/contract/http/receipts';
import type { Outcome } from '@tieng-lang/shared/contract/journal';
import { useTranslation } from 'react-i18next';
import { timeWithSecondsOf } from '../format/instants.ts';
import { clockLength, decimal } from '../format/lengths.ts';
import { languageOf } from '../i18n/i18n.ts';
import { OutcomeBadge } from '../parts/badges.tsx';
import { useReasonWords } from '../parts/reason-words.ts';
import type { BroadcastResult, ClusterResult } from './broadcast-results.ts';

/** A broadcast's clusters with their evidence; of a programme first the whole of each cluster, then its items. */
export function BroadcastLines({ result }: { result: BroadcastResult }) {
  const { t } = useTranslation();
  const severalItems = result.clusters.some((cluster) => cluster.lines.length > 1);
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
          {result.clusters.map((cluster) =>
            severalItems ? (
              <ClusterLines key={cluster.cluster} cluster={cluster} />
            ) : (
              cluster.lines.map((line) => <Line key={line.cluster} line={line} />)
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

function ClusterLines({ cluster }: { cluster: ClusterResult }) {
  const { t, i18n } = useTranslation();
  const [open, { toggle }] = useDisclosure(false);
  const { lines } = cluster;
  const started = lines.find((line) => line.startedAt !== undefined)?.startedAt;
  const skews = lines.flatMap((line) => (line.skewMs === undefined ? [] : [line.skewMs]));
  const largest = skews.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  return (
    <>
      <tr>
        <th scope="row">{cluster.cluster}</th>
        <td data-label={t('playLog.item')}>
          <UnstyledButton className="tl-lines-toggle" onClick={toggle} aria-expanded={open}>
            {t('programme.itemCount', { count: lines.length })}
            <IconChevronDown size={16} aria-hidden className="tl-chevron" data-open={open || undefined} />
          </UnstyledButton>
        </td>
        <OutcomeCell outcome={cluster.outcome} reason={lines.find((line) => line.outcome === cluster.outcome)?.reason} />
        <td data-label={t('playLog.planned')}>{lines[0] ? timeWithSecondsOf(lines[0].plannedAt) : '–'}</td>
        <td data-label={t('playLog.started')}>{started === undefined ? '–' : timeWithSecondsOf(started)}</td>
        <td data-label={t('playLog.heard')}>
          {clockLength(cluster.heardMs)} / {clockLength(lines.reduce((sum, line) => sum + line.plannedMs, 0))}
        </td>
        <td data-label={t('playLog.skew')}>{largest === undefined ? '–' : `${decimal(largest, 2, languageOf(i18n))} ms`}</td>
        <td className="tl-lines-wide" />
        <td className="tl-lines-wide" />
      </tr>
      {open ? lines.map((line) => <Line key={line.itemIndex} line={line} asItem />) : null}
    </>
  );
}

function OutcomeCell({ outcome, reason }: { outcome: Outcome; reason: string | undefined }) {
  const { t } = useTranslation();
  const reasonWords = useReasonWords();
  return (
    <td data-label={t('playLog.outcome')}>
      <OutcomeBadge outcome={outcome} />
      {reason === undefined ? null : <small>{reasonWords(reason)}</small>}
    </td>
  );
}

function Line({ line, asItem = false }: { line: PlayLogLine; asItem?: boolean }) {
  const { t, i18n } = useTranslation();
  const language = languageOf(i18n);
  const lateMs = line.startedAt === undefined ? undefined : Date.parse(line.startedAt) - Date.parse(line.plannedAt);
  return (
    <tr data-item={asItem || undefined}>
      {asItem ? (
        <td colSpan={2} className="tl-lines-title" data-label={t('playLog.item')}>
          {line.title}
        </td>
      ) : (
        <th scope="row">{line.cluster}</th>
      )}
      <OutcomeCell outcome={line.outcome} reason={line.reason} />
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
