import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useServices } from '../app/services.ts';
import { addDays, localDateOf, timeWithSecondsOf } from '../format/instants.ts';
import { OutcomeBadge } from '../parts/badges.tsx';
import { useReceipts } from '../playlog/receipt-queries.ts';

/** As many as fit without scrolling; the whole is in the play log. */
const SHOWN = 5;

export function ClusterReceipts({ code }: { code: string }) {
  const { t } = useTranslation();
  const { clock } = useServices();
  const today = localDateOf(clock.nowMs());
  const receipts = useReceipts({ from: addDays(today, -1), to: today, cluster: code });
  const newest = (receipts.data?.items ?? []).toSorted((a, b) => b.plannedAt.localeCompare(a.plannedAt)).slice(0, SHOWN);
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Title order={3} size="h5">
          {t('cluster.receipts')}
        </Title>
        <Anchor component={Link} to={`/nhat-ky?cum=${code}`} size="sm">
          {t('cluster.allReceipts')}
        </Anchor>
      </Group>
      {newest.length === 0 ? (
        <Text c="dimmed" size="sm">
          {t('cluster.noReceipts')}
        </Text>
      ) : (
        <Stack gap={8}>
          {newest.map((line) => (
            <Group key={`${line.broadcastId} ${line.itemIndex}`} justify="space-between" wrap="nowrap" gap="sm">
              <Text size="sm" truncate>
                <span className="tl-number">{timeWithSecondsOf(line.plannedAt)}</span> {line.title}
              </Text>
              <OutcomeBadge outcome={line.outcome} />
            </Group>
          ))}
        </Stack>
      )}
    </section>
  );
}
