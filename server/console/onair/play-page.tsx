import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconBroadcast, IconInfoCircle } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { playAnswer } from '@tieng-lang/shared/contract/http/onair';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { useServices } from '../app/services.ts';
import { useClusters } from '../clusters/cluster-queries.ts';
import { useConfirm } from '../parts/confirm.tsx';
import { Fault } from '../parts/fault.tsx';
import { Page, Sheet } from '../parts/page.tsx';
import { type Playable, PlayableChoice, playableBody, usePlayables } from '../parts/playable-choice.tsx';
import { EVERYWHERE, reached, targetsOf } from '../parts/targets.ts';
import { TargetsPicker } from '../parts/targets-picker.tsx';
import { VolumeChoice } from '../parts/volume-choice.tsx';
import { useUser } from '../session/session.tsx';

function fromSearch(search: URLSearchParams): Playable | undefined {
  const bulletin = search.get('ban-tin');
  if (bulletin) return { kind: 'bulletin', id: bulletin };
  const programme = search.get('chuong-trinh');
  return programme ? { kind: 'programme', id: programme } : undefined;
}

export function PlayPage() {
  const { t } = useTranslation();
  const { api } = useServices();
  const user = useUser();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const [search] = useSearchParams();
  const [playable, setPlayable] = useState(() => fromSearch(search));
  const [choice, setChoice] = useState(EVERYWHERE);
  const [volume, setVolume] = useState<number>();
  const clusters = useClusters();
  const { titleOf } = usePlayables();
  const targets = targetsOf(choice);
  const count = reached(choice, clusters.data ?? []).length;
  const sounding = (clusters.data ?? []).filter((cluster) => cluster.playing.state === 'playing').length;

  const playing = useMutation({
    mutationFn: (body: object) => api.send('POST', '/onair/play', body, playAnswer),
    onSuccess: (answer) => void navigate(`/phat-ngay/${encodeURIComponent(answer.broadcastId)}`),
  });
  const play = async () => {
    if (!playable || !targets) return;
    const sure = await confirm({
      title: t('play.confirmTitle'),
      text: t('play.confirmText', { title: titleOf(playable), count }),
      action: t('play.action', { count }),
    });
    if (sure) playing.mutate({ ...playableBody(playable), targets, ...(volume === undefined ? {} : { volume }) });
  };
  if (!user.may('play')) return <Alert icon={<IconInfoCircle aria-hidden />}>{t('play.notAllowed')}</Alert>;
  return (
    <Page title={t('nav.play')} text={t('play.text')} narrow>
      <Sheet>
        <Stack gap="lg">
          {playing.isError ? <Fault error={playing.error} /> : null}
          <PlayableChoice value={playable} onChange={setPlayable} />
          <TargetsPicker value={choice} onChange={setChoice} />
          <VolumeChoice value={volume} onChange={setVolume} />
          {sounding > 0 ? <div className="tl-note">{t('play.already', { count: sounding })}</div> : null}
          <Button
            size="xl"
            leftSection={<IconBroadcast size={26} aria-hidden />}
            disabled={!playable || !targets || count === 0}
            loading={playing.isPending}
            onClick={() => void play()}
          >
            {t('play.action', { count })}
          </Button>
          <Text size="sm" c="dimmed" ta="center">
            {t('play.hint')}
          </Text>
        </Stack>
      </Sheet>
    </Page>
  );
}
