import { useQuery } from '@tanstack/react-query';
import { type Cluster, cluster, station } from '@tieng-lang/shared/contract/http/clusters';
import { keys } from '../api/keys.ts';
import { useServices } from '../app/services.ts';

/** The stream keeps these fresh; asking again now and then heals what an event missed. */
const HEAL_MS = 60_000;

/** All clusters by their codes, live. */
export function useClusters() {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.clusters,
    queryFn: async ({ signal }): Promise<Cluster[]> => {
      const { items } = await api.all('/clusters', cluster, { signal });
      return items.sort((a, b) => a.code.localeCompare(b.code, 'vi', { numeric: true }));
    },
    refetchInterval: HEAL_MS,
  });
}

export function useStation() {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.station,
    queryFn: ({ signal }) => api.get('/station', station, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
