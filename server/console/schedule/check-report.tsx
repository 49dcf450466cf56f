import { Alert, Checkbox, List, Stack, Text, Textarea } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { scheduleCheckAnswer } from '@tieng-lang/shared/contract/http/schedule';
import { useTranslation } from 'react-i18next';
import type * as z from 'zod';
import { groupBy } from '../format/group.ts';
import { dateOf, localDateOf, timeOf, weekdayNameOf } from '../format/instants.ts';
import { clockLength } from '../format/lengths.ts';

type Answer = z.output<typeof scheduleCheckAnswer>;

/** So many are told one by one; of the others the number. */
const SHOWN = 5;
/** The server answers this many occurrences unless asked for another number: as many mean that there are more. */
const ASKED = 100;

type Conflict = Answer['conflicts'][number];

/** A daily schedule clashes with another daily one every day: that is one matter, told once. */
function clashes(conflicts: readonly Conflict[]): { first: Conflict; times: number }[] {
  const groups = groupBy(conflicts, (conflict) => `${conflict.with.scheduleId} ${conflict.effect}`);
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [{ first, times: others.length + 1 }] : []));
}

interface ReportProps {
  answer: Answer;
  /** The person has seen what clashes and wants it so; precedence then decides what sounds, as told. */
  decided: boolean;
  onDecided: (decided: boolean) => void;
  reason: string;
  onReason: (reason: string) => void;
}

/** What the schedule will do, what stands in its way, and the person's decision where one is needed. */
export function CheckReport({ answer, decided, onDecided, reason, onReason }: ReportProps) {
  const { t } = useTranslation();
  const { occurrences, conflicts, policy } = answer;
  const calm = conflicts.length === 0 && policy.length === 0;
  return (
    <Stack gap="md" data-testid="check">
      {occurrences.length === 0 ? (
        <Alert color="rice" icon={<IconAlertTriangle aria-hidden />}>
          {t('check.never')}
        </Alert>
      ) : (
        <div>
          <Text fw={600} size="sm" mb={4}>
            {t('check.plays')}
          </Text>
          <List size="sm" className="tl-number">
            {occurrences.slice(0, SHOWN).map(({ startAt, endAt }) => (
              <List.Item key={startAt}>
                {t(`weekdayShort.${weekdayNameOf(localDateOf(startAt))}`)} {dateOf(startAt)}, {timeOf(startAt)} (
                {clockLength(Date.parse(endAt) - Date.parse(startAt))})
              </List.Item>
            ))}
          </List>
          {occurrences.length > SHOWN ? (
            <Text size="sm" c="dimmed">
              {occurrences.length < ASKED ? t('check.andMore', { count: occurrences.length - SHOWN }) : t('check.andOn')}
            </Text>
          ) : null}
        </div>
      )}
      {calm && occurrences.length > 0 ? (
        <Alert color="jade" icon={<IconCheck aria-hidden />}>
          {t('check.calm')}
        </Alert>
      ) : null}
      {conflicts.length > 0 ? (
        <Alert color="rice" icon={<IconAlertTriangle aria-hidden />} title={t('check.conflicts', { count: conflicts.length })}>
          <List size="sm">
            {clashes(conflicts).map(({ first, times }) => (
              <List.Item key={`${first.with.scheduleId} ${first.effect}`}>
                {t(times === 1 ? 'check.conflict' : 'check.conflictEachTime', {
                  title: first.with.title,
                  date: dateOf(first.with.startAt),
                  time: timeOf(first.with.startAt),
                  count: first.clusters.length,
                  times,
                })}{' '}
                {t(`check.effect.${first.effect}`)}
              </List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      {policy.length > 0 ? (
        <Alert color="rice" icon={<IconAlertTriangle aria-hidden />} title={t('check.policy')}>
          <List size="sm">
            {policy.slice(0, SHOWN).map((breach) => (
              <List.Item key={`${breach.rule} ${breach.startAt}`}>
                {dateOf(breach.startAt)} {timeOf(breach.startAt)}: {breach.message}
              </List.Item>
            ))}
          </List>
          {policy.length > SHOWN ? (
            <Text size="sm" mt={4}>
              {t('check.andMore', { count: policy.length - SHOWN })}
            </Text>
          ) : null}
        </Alert>
      ) : null}
      {calm ? null : (
        <>
          <Checkbox size="md" label={t('check.decide')} checked={decided} onChange={(event) => onDecided(event.currentTarget.checked)} />
          <Textarea
            label={t('check.reason')}
            autosize
            minRows={2}
            maxLength={500}
            value={reason}
            onChange={(event) => onReason(event.currentTarget.value)}
          />
        </>
      )}
    </Stack>
  );
}
