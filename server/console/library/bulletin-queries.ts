import { useMutation, useQuery } from '@tanstack/react-query';
import { type Bulletin, bulletin, waveform } from '@tieng-lang/shared/contract/http/content';
import { keys } from '../api/keys.ts';
import type { Listed } from '../api/live-cache.ts';
import { useServices } from '../app/services.ts';

export function useBulletins() {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.bulletins,
    queryFn: ({ signal }): Promise<Listed<Bulletin>> => api.all('/bulletins', bulletin, { signal }),
  });
}

export function useWaitingCount(): number {
  return useBulletins().data?.items.filter((item) => item.state === 'waiting').length ?? 0;
}

/** While a sound is in the making the stream says how far; asking again heals a missed event. */
const PROCESSING_MS = 3_000;

export function useBulletin(id: string | undefined) {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.bulletin(id ?? ''),
    queryFn: ({ signal }) => api.get(`/bulletins/${encodeURIComponent(id ?? '')}`, bulletin, { signal }),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.media.state === 'processing' ? PROCESSING_MS : false),
  });
}

export function useWaveform(mediaId: string, ready: boolean) {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.waveform(mediaId),
    queryFn: ({ signal }) => api.get(`/media/${encodeURIComponent(mediaId)}/waveform`, waveform, { signal }),
    enabled: ready,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What can be done with a bulletin; each answer is written where the lists see it. */
export function useBulletinActions() {
  const { api, cache } = useServices();
  const path = (id: string) => `/bulletins/${encodeURIComponent(id)}`;
  const onSuccess = (answer: Bulletin) => cache.bulletin(answer);
  return {
    create: useMutation({ mutationFn: (body: object) => api.send('POST', '/bulletins', body, bulletin), onSuccess }),
    change: useMutation({
      mutationFn: ({ id, ...change }: { id: string } & Record<string, unknown>) => api.send('PATCH', path(id), change, bulletin),
      onSuccess,
    }),
    submit: useMutation({ mutationFn: (id: string) => api.send('POST', `${path(id)}/submit`, undefined, bulletin), onSuccess }),
    approve: useMutation({ mutationFn: (id: string) => api.send('POST', `${path(id)}/approve`, undefined, bulletin), onSuccess }),
    refuse: useMutation({
      mutationFn: ({ id, reason }: { id: string; reason: string }) => api.send('POST', `${path(id)}/refuse`, { reason }, bulletin),
      onSuccess,
    }),
  };
}
