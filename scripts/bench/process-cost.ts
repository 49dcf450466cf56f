import { readFileSync } from 'node:fs';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** Linux counts CPU time in ticks of this many milliseconds (USER_HZ is 100 on every supported architecture). */
const TICK_MS = 10;

export interface Cost {
  /** Proportional set size: shared pages are divided among those who share them. */
  pssMb: number;
  cpuMs: number;
}

export function costOf(pid: number): Cost {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  // The second field, the program's name, may hold blanks: fields are counted from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return { pssMb: Number(pss) / 1024, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}

/** Starts to measure one process; the call that comes back gives its memory now and its share of one core since. */
export function measure(pid: number, clock: Clock): () => { pssMb: number; corePercent: number } {
  const [from, fromMs] = [costOf(pid), clock.monotonicMs()];
  return () => {
    const to = costOf(pid);
    return { pssMb: to.pssMb, corePercent: ((to.cpuMs - from.cpuMs) / (clock.monotonicMs() - fromMs)) * 100 };
  };
}
