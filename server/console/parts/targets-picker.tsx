import { Checkbox, Input, SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useClusters, useStation } from '../clusters/cluster-queries.ts';
import { reached, type TargetChoice } from './targets.ts';

interface PickerProps {
  value: TargetChoice;
  onChange: (choice: TargetChoice) => void;
}

/** Where it is to sound: everywhere, villages, or single clusters; says how many clusters that is. */
export function TargetsPicker({ value, onChange }: PickerProps) {
  const { t } = useTranslation();
  const clusters = useClusters();
  const station = useStation();
  const all = clusters.data ?? [];
  const found = reached(value, all);
  const offline = found.filter((cluster) => cluster.presence.state !== 'online').length;
  return (
    <Stack gap="sm">
      <Input.Wrapper size="md" label={t('targets.label')}>
        <SegmentedControl
          fullWidth
          aria-label={t('targets.label')}
          value={value.kind}
          onChange={(kind) => onChange({ ...value, kind })}
          data={[
            { value: 'all', label: t('targets.all') },
            { value: 'villages', label: t('targets.villages') },
            { value: 'clusters', label: t('targets.clusters') },
          ]}
        />
      </Input.Wrapper>
      {value.kind === 'villages' ? (
        <Checkbox.Group value={value.villages} onChange={(villages) => onChange({ ...value, villages })} aria-label={t('targets.villages')}>
          <div className="tl-choices">
            {station.data?.villages.map((village) => (
              <Checkbox key={village.id} value={village.id} label={village.name} size="md" />
            ))}
          </div>
        </Checkbox.Group>
      ) : null}
      {value.kind === 'clusters' ? (
        <Checkbox.Group
          value={value.clusters}
          onChange={(codes) => onChange({ ...value, clusters: codes })}
          aria-label={t('targets.clusters')}
        >
          <div className="tl-choices">
            {all.map((cluster) => (
              <Checkbox key={cluster.code} value={cluster.code} label={`${cluster.code} · ${cluster.place}`} size="md" />
            ))}
          </div>
        </Checkbox.Group>
      ) : null}
      <Text size="sm" c="dimmed" aria-live="polite">
        {t('targets.reached', { count: found.length })}
        {offline > 0 ? ` ${t('targets.offline', { count: offline })}` : ''}
      </Text>
    </Stack>
  );
}
