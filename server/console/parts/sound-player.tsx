import { ActionIcon, Text } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServices } from '../app/services.ts';
import { clockLength } from '../format/lengths.ts';
import { useWaveform } from '../library/bulletin-queries.ts';
import { Waveform } from './waveform.tsx';

interface PlayerProps {
  mediaId: string;
  title: string;
  durationMs: number;
}

/** Listens to what will be sounded, by the file that the clusters get. Only one player speaks at a time. */
export function SoundPlayer({ mediaId, title, durationMs }: PlayerProps) {
  const { t } = useTranslation();
  const { api } = useServices();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [positionMs, setPositionMs] = useState(0);
  const wave = useWaveform(mediaId, true);

  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) {
      element.pause();
      return;
    }
    for (const other of document.querySelectorAll<HTMLAudioElement>('audio.tl-audio')) if (other !== element) other.pause();
    setFailed(false);
    // An abort by the next click is no failure; a real one also comes as an `error` event.
    element.play().catch((error: unknown) => setFailed(!(error instanceof DOMException && error.name === 'AbortError')));
  };
  const seek = (toMs: number) => {
    if (audio.current) audio.current.currentTime = toMs / 1000;
    setPositionMs(toMs);
  };
  return (
    <div className="tl-player">
      <ActionIcon
        size={48}
        radius={24}
        variant="filled"
        onClick={toggle}
        aria-label={playing ? t('player.pause', { title }) : t('player.play', { title })}
      >
        {playing ? <IconPlayerPauseFilled size={22} aria-hidden /> : <IconPlayerPlayFilled size={22} aria-hidden />}
      </ActionIcon>
      <div className="tl-player-body">
        <Waveform peaks={wave.data?.peaks} durationMs={durationMs} positionMs={positionMs} onSeek={seek} />
        <Text size="xs" c={failed ? 'cinnabar' : 'dimmed'} className="tl-number" role={failed ? 'alert' : undefined}>
          {failed ? t('player.failed') : `${clockLength(positionMs)} / ${clockLength(durationMs)}`}
        </Text>
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: the words of a spoken bulletin stand beside the player; a recording has none */}
      <audio
        ref={audio}
        className="tl-audio"
        preload="none"
        src={api.url(`/media/${encodeURIComponent(mediaId)}/audio`)}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPositionMs(0)}
        onError={() => setFailed(true)}
        onTimeUpdate={(event) => setPositionMs(event.currentTarget.currentTime * 1000)}
      />
    </div>
  );
}
