import { Button, Group, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import '@mantine/dates/styles.css';
import 'dayjs/locale/vi';
import { IconHistory } from '@tabler/icons-react';
import { outcome as outcomeSchema } from '@tieng-lang/shared/contract/journal';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { RowSkeletons } from '../app/page-skeleton.tsx';
import { useServices } from '../app/services.ts';
import { useClusters } from '../clusters/cluster-queries.ts';
import { addDays, localDateOf } from '../format/instants.ts';
import { Fault } from '../parts/fault.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { Dates } from '../schedule/when-choice.tsx';
import { broadcastResults } from './broadcast-results.ts';
import { BroadcastRow } from './broadcast-row.tsx';
import { useReceipts } from './receipt-queries.ts';
import './play-log.css';

/** Days back from today that the log opens with. */
const DAYS_SHOWN = 6;
const ROWS = 40;

export function PlayLogPage() {
  const { t } = useTranslation();
  const { clock } = useServices();
  const today = localDateOf(clock.nowMs());
  const [search, setSearch] = useSearchParams();
  const [dates, setDates] = useState<[string | null, string | null]>([addDays(today, -DAYS_SHOWN), today]);
  const [rows, setRows] = useState(ROWS);
  const from = dates[0] ?? today;
  const to = dates[1] ?? from;
  const cluster = search.get('cum') ?? '';
  const outcome = search.get('ket-qua') ?? '';
  const broadcast = search.get('buoi') ?? '';
  const filter = { from, to, ...(cluster === '' ? {} : { cluster }), ...(broadcast === '' ? {} : { broadcast }) };
  const receipts = useReceipts(filter);
  const clusters = useClusters();
  const change = (name: string, value: string | null) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
    setRows(ROWS);
  };
  const lines = (receipts.data?.items ?? []).filter((line) => outcome === '' || line.outcome === outcome);
  const results = broadcastResults(lines);
  const filtered = cluster !== '' || outcome !== '' || broadcast !== '';
  return (
    <Page title={t('nav.playLog')} text={t('playLog.text')}>
      <Sheet>
        <Stack gap="md">
          <Dates>
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
              <DatePickerInput
                type="range"
                label={t('playLog.dates')}
                value={dates}
                onChange={setDates}
                maxDate={today}
                allowSingleDateInRange
              />
              <Select
                label={t('playLog.cluster')}
                placeholder={t('playLog.everyCluster')}
                clearable
                searchable
                data={(clusters.data ?? []).map((item) => ({ value: item.code, label: `${item.code} · ${item.place}` }))}
                value={cluster === '' ? null : cluster}
                onChange={(value) => change('cum', value)}
              />
              <Select
                label={t('playLog.outcome')}
                placeholder={t('playLog.everyOutcome')}
                clearable
                data={outcomeSchema.options.map((value) => ({ value, label: t(`outcome.${value}`) }))}
                value={outcome === '' ? null : outcome}
                onChange={(value) => change('ket-qua', value)}
              />
            </SimpleGrid>
          </Dates>
          {broadcast === '' ? null : (
            <Group className="tl-note" justify="space-between">
              <Text size="sm">{t('playLog.oneBroadcast')}</Text>
              <Button size="compact-sm" variant="white" onClick={() => change('buoi', null)}>
                {t('playLog.showAll')}
              </Button>
            </Group>
          )}
          {receipts.isError && !receipts.data ? <Fault error={receipts.error} onRetry={() => void receipts.refetch()} /> : null}
          {receipts.isPending ? <RowSkeletons rows={5} /> : null}
          {receipts.data && !receipts.data.complete ? <div className="tl-note">{t('playLog.tooMany')}</div> : null}
          {receipts.data && results.length === 0 ? (
            <Nothing
              icon={IconHistory}
              title={t(filtered ? 'playLog.noneFound' : 'playLog.none')}
              text={t(filtered ? 'playLog.noneFoundText' : 'playLog.noneText')}
            />
          ) : null}
          <div className="tl-log" data-testid="play-log">
            {results.slice(0, rows).map((result) => (
              <BroadcastRow key={result.broadcastId} result={result} open={result.broadcastId === broadcast} />
            ))}
          </div>
          {results.length > rows ? (
            <Button variant="default" onClick={() => setRows(rows + ROWS)}>
              {t('common.more')}
            </Button>
          ) : null}
        </Stack>
      </Sheet>
    </Page>
  );
}
