import { Drawer, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconMapQuestion } from '@tabler/icons-react';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { PresenceBadge } from '../parts/badges.tsx';
import { Nothing } from '../parts/nothing.tsx';
import { useUser } from '../session/session.tsx';
import { ClusterFacts, ClusterHealth } from './cluster-facts.tsx';
import { useClusters } from './cluster-queries.ts';
import { ClusterReceipts } from './cluster-receipts.tsx';
import { ClusterSettings } from './cluster-settings.tsx';
import { Monitor } from './monitor.tsx';
import { Pairing } from './pairing.tsx';
import './clusters.css';

/** One cluster beside the overview; it has an address of its own, so it can be sent to a technician. */
export function ClusterDrawer() {
  const { code } = useParams();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const phone = useMediaQuery('(max-width: 48em)');
  const clusters = useClusters();
  const cluster = clusters.data?.find((item) => item.code === code);
  return (
    <Drawer
      opened
      onClose={() => void navigate('/', { preventScrollReset: true })}
      position={phone ? 'bottom' : 'right'}
      size={phone ? '92%' : 460}
      padding="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
      title={cluster ? <Heading cluster={cluster} /> : code}
    >
      {cluster ? <Detail cluster={cluster} /> : null}
      {!cluster && clusters.isPending ? <Skeleton height={240} /> : null}
      {!cluster && clusters.data ? <Nothing icon={IconMapQuestion} title={t('cluster.unknown', { code: code ?? '' })} /> : null}
    </Drawer>
  );
}

function Heading({ cluster }: { cluster: Cluster }) {
  return (
    <div>
      <Group gap="sm">
        <Title order={2} size="h3">
          {cluster.code}
        </Title>
        <PresenceBadge state={cluster.presence.state} />
      </Group>
      <Text c="dimmed">{cluster.place}</Text>
    </div>
  );
}

function Detail({ cluster }: { cluster: Cluster }) {
  const user = useUser();
  return (
    <Stack gap="xl" pb="xl">
      <Monitor cluster={cluster} />
      <ClusterFacts cluster={cluster} />
      {user.may('adjust') ? <ClusterSettings key={cluster.code} cluster={cluster} /> : null}
      <ClusterHealth cluster={cluster} />
      <ClusterReceipts code={cluster.code} />
      {user.may('maintain') ? <Pairing cluster={cluster} /> : null}
    </Stack>
  );
}
