import { Skeleton, Text } from '@mantine/core';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { useTranslation } from 'react-i18next';
import { ClusterCard } from './cluster-card.tsx';
import './clusters.css';

export function ClusterGrid({ clusters, illustrative }: { clusters: Cluster[] | undefined; illustrative: boolean }) {
  const { t } = useTranslation();
  if (!clusters) {
    return (
      <div className="tl-cluster-grid" aria-hidden>
        {Array.from({ length: 6 }, (_, index) => `card-${index}`).map((key) => (
          <Skeleton key={key} height={112} />
        ))}
      </div>
    );
  }
  return (
    <>
      <ul className="tl-cluster-grid" data-testid="clusters">
        {clusters.map((cluster) => (
          <li key={cluster.code}>
            <ClusterCard cluster={cluster} />
          </li>
        ))}
      </ul>
      {illustrative ? (
        <Text size="xs" c="dimmed" mt="sm">
          {t('cluster.illustrative')}
        </Text>
      ) : null}
    </>
  );
}
