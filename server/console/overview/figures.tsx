import { Skeleton, Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { IconClockCheck, IconCloudDown, IconVolume, IconWifi } from '@tabler/icons-react';
import type { Cluster } from '@tieng-lang/shared/contract/http/clusters';
import { useTranslation } from 'react-i18next';
import { clusterFigures } from '../clusters/cluster-state.ts';

/** The commune at one glance: four numbers, each out of all clusters. */
export function Figures({ clusters }: { clusters: Cluster[] | undefined }) {
  const { t } = useTranslation();
  const figures = clusters ? clusterFigures(clusters) : undefined;
  const total = figures?.total ?? 0;
  return (
    <div className="tl-figures" data-testid="figures">
      <Figure icon={IconWifi} label={t('overview.online')} value={figures?.online} total={total} wanted={total} />
      <Figure icon={IconVolume} label={t('overview.playing')} value={figures?.playing} total={total} />
      <Figure icon={IconClockCheck} label={t('overview.inTime')} value={figures?.synced} total={total} wanted={total} />
      <Figure icon={IconCloudDown} label={t('overview.cached')} value={figures?.ready} total={total} wanted={total} />
    </div>
  );
}

function Figure(props: { icon: Icon; label: string; value: number | undefined; total: number; wanted?: number }) {
  const { icon: Mark, label, value, total, wanted } = props;
  const tone = value === undefined || wanted === undefined ? 'plain' : value >= wanted ? 'good' : 'warn';
  return (
    <div className="tl-figure" data-tone={tone}>
      <Mark size={22} stroke={1.7} aria-hidden />
      <div>
        {value === undefined ? (
          <Skeleton height={28} width={56} />
        ) : (
          <div className="tl-figure-value">
            {value}
            <span>/{total}</span>
          </div>
        )}
        <Text size="sm" c="dimmed" lh={1.3}>
          {label}
        </Text>
      </div>
    </div>
  );
}
