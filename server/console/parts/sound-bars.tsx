/** Three bars that dance while something sounds; still for those who asked their system for less motion. */
export function SoundBars({ moving }: { moving: boolean }) {
  return (
    <span className="tl-bars" data-moving={moving || undefined} aria-hidden>
      <span />
      <span />
      <span />
    </span>
  );
}
