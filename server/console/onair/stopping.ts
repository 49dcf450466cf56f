import { useMutation } from '@tanstack/react-query';
import { stopAnswer } from '@tieng-lang/shared/contract/http/onair';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/services.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { useNotices } from '../parts/notices.tsx';

/** Stops one broadcast, or everything, after one question. */
export function useStopping() {
  const { t } = useTranslation();
  const { api } = useServices();
  const { done, failed } = useNotices();
  const confirm = useConfirm();
  const stopping = useMutation({
    mutationFn: (body: { broadcastId: string } | { targets: { all: true } }) => api.send('POST', '/onair/stop', body, stopAnswer),
    onSuccess: (answer) => done(t('onair.stopSent', { count: answer.clusters.length })),
    onError: failed,
  });
  return {
    pending: stopping.isPending,
    stopAll: async () => {
      const sure = await confirm({
        title: t('onair.stopAllTitle'),
        text: t('onair.stopAllText'),
        action: t('onair.stopAll'),
        danger: true,
      });
      if (sure) stopping.mutate({ targets: { all: true } });
    },
    stopOne: async (broadcastId: string, title: string) => {
      const sure = await confirm({
        title: t('onair.stopOneTitle', { title }),
        text: t('onair.stopOneText'),
        action: t('onair.stop'),
        danger: true,
      });
      if (sure) stopping.mutate({ broadcastId });
    },
  };
}
