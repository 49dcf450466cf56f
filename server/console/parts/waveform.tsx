import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { clockLength } from '../format/lengths.ts';
import { barsOf } from './peaks.ts';

const BAR_PX = 3;
const GAP_PX = 2;
const HEIGHT_PX = 48;
/** One press of an arrow key. */
const STEP_MS = 5_000;

interface WaveformProps {
  peaks: readonly number[] | undefined;
  durationMs: number;
  positionMs: number;
  onSeek: (positionMs: number) => void;
}

/** The sound as bars; a click or the arrow keys go to a place in it. */
export function Waveform({ peaks, durationMs, positionMs, onSeek }: WaveformProps) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { ref: box, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const played = durationMs > 0 ? positionMs / durationMs : 0;

  useEffect(() => {
    const target = canvas.current;
    const context = target?.getContext('2d');
    if (!target || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    target.width = Math.round(width * ratio);
    target.height = Math.round(HEIGHT_PX * ratio);
    context.scale(ratio, ratio);
    const count = Math.floor(width / (BAR_PX + GAP_PX));
    const bars = peaks ? barsOf(peaks, count) : Array.from({ length: count }, () => 0);
    const [done, ahead] = scheme === 'dark' ? ['#74bda9', '#43504c'] : ['#0f7a62', '#b9c9c3'];
    for (const [index, bar] of bars.entries()) {
      const height = Math.max(2, bar * (HEIGHT_PX - 4));
      context.fillStyle = (index + 0.5) / count <= played ? done : ahead;
      context.beginPath();
      context.roundRect(index * (BAR_PX + GAP_PX), (HEIGHT_PX - height) / 2, BAR_PX, height, BAR_PX / 2);
      context.fill();
    }
  }, [peaks, width, played, scheme]);

  const seekTo = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width: across } = event.currentTarget.getBoundingClientRect();
    onSeek(Math.min(1, Math.max(0, (event.clientX - left) / across)) * durationMs);
  };
  const seekBy = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -STEP_MS, ArrowRight: STEP_MS, Home: -durationMs, End: durationMs }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onSeek(Math.min(durationMs, Math.max(0, positionMs + step)));
  };
  return (
    <div
      ref={box}
      className="tl-wave"
      role="slider"
      tabIndex={0}
      aria-label={t('player.position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs / 1000)}
      aria-valuenow={Math.round(positionMs / 1000)}
      aria-valuetext={`${clockLength(positionMs)} / ${clockLength(durationMs)}`}
      onPointerDown={seekTo}
      onKeyDown={seekBy}
    >
      <canvas ref={canvas} style={{ width: '100%', height: HEIGHT_PX }} />
    </div>
  );
}
