import { Button, Group, Slider, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Cluster, cluster as clusterSchema } from '@tieng-lang/shared/contract/http/clusters';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../api/keys.ts';
import { useServices } from '../app/services.ts';
import { useNotices } from '../parts/notices.tsx';

export function ClusterSettings({ cluster }: { cluster: Cluster }) {
  const { t } = useTranslation();
  const { api } = useServices();
  const queries = useQueryClient();
  const { done, failed } = useNotices();
  const [volume, setVolume] = useState(cluster.volume);
  const saving = useMutation({
    mutationFn: () => api.send('PATCH', `/clusters/${cluster.code}`, { volume }, clusterSchema),
    onSuccess: (answer) => {
      queries.setQueryData<Cluster[]>(keys.clusters, (list) => list?.map((item) => (item.code === answer.code ? answer : item)));
      done(t('cluster.volumeSaved', { code: cluster.code }));
    },
    onError: failed,
  });
  return (
    <section>
      <Title order={3} size="h5" mb={6}>
        {t('cluster.volume')}
      </Title>
      <Stack gap="sm">
        <Group gap="md" wrap="nowrap">
          <Slider
            flex={1}
            min={0}
            max={100}
            step={5}
            value={volume}
            onChange={setVolume}
            thumbLabel={t('cluster.volume')}
            label={null}
            size="lg"
          />
          <Text w={52} ta="right" fw={600}>
            {volume} %
          </Text>
        </Group>
        {volume === cluster.volume ? null : (
          <Button onClick={() => saving.mutate()} loading={saving.isPending} size="sm">
            {t('cluster.saveVolume')}
          </Button>
        )}
      </Stack>
    </section>
  );
}
