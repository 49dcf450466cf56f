import { execFile } from 'node:child_process';

/** What the operating system knows of its own clock, as a second source beside the server. */
export interface SystemTime {
  /** How far the machine's wall clock may be off, ms; undefined when nothing keeps it right. */
  uncertaintyMs(): Promise<number | undefined>;
}

/** timedatectl says only that the clock is kept by NTP; over the internet that is tens of milliseconds. */
const TIMEDATECTL_MS = 50;

/** Both programs answer at once; one that hangs must not pile up. */
const TIMEOUT_MS = 5_000;

/** Asks chrony, and systemd where there is no chrony. */
export class NtpSystemTime implements SystemTime {
  async uncertaintyMs(): Promise<number | undefined> {
    const tracking = await run('chronyc', ['-c', 'tracking']);
    if (tracking !== undefined) return parseChronyTracking(tracking);
    const shown = await run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']);
    return shown?.trim() === 'yes' ? TIMEDATECTL_MS : undefined;
  }
}

/**
 * Reads `chronyc -c tracking`: fields 4 (system time's offset), 10 (root delay) and 11 (root dispersion) are seconds,
 * the last is the leap status. |offset| + dispersion + delay / 2 is chrony's own bound of the error.
 */
export function parseChronyTracking(line: string): number | undefined {
  const fields = line.trim().split(',');
  if (fields.length < 14 || fields[13] === 'Not synchronised') return undefined;
  const [offset, delay, dispersion] = [fields[4], fields[10], fields[11]].map(Number);
  if (offset === undefined || delay === undefined || dispersion === undefined) return undefined;
  const boundMs = (Math.abs(offset) + dispersion + delay / 2) * 1000;
  return Number.isFinite(boundMs) ? boundMs : undefined;
}

function run(program: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    // Absent, not permitted or without a running service: then this source does not exist here.
    execFile(program, args, { timeout: TIMEOUT_MS, maxBuffer: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
