import type { Targets } from '@tieng-lang/shared/contract/http/basics';
import { useTranslation } from 'react-i18next';
import { useStation } from '../clusters/cluster-queries.ts';

/** More names than these are counted, not listed. */
const NAMED = 3;

/** "Toàn xã", "Thôn 1, Thôn 2", "HD-01", "5 cụm loa". */
export function useTargetWords(): (targets: Targets) => string {
  const { t } = useTranslation();
  const station = useStation();
  return (targets) => {
    if ('all' in targets) return t('targets.all');
    const villages = targets.villages ?? [];
    const clusters = targets.clusters ?? [];
    const names = villages.map((id) => station.data?.villages.find((village) => village.id === id)?.name ?? id);
    const parts = [
      names.length > NAMED ? t('targets.villageCount', { count: names.length }) : names.join(', '),
      clusters.length > NAMED ? t('targets.clusterCount', { count: clusters.length }) : clusters.join(', '),
      (targets.groups ?? []).join(', '),
    ];
    return parts.filter((part) => part !== '').join(', ');
  };
}
