import { readFileSync } from 'node:fs';

/** What tells whether the machine was switched off since a time was written down. */
export interface Machine {
  /** Changes with every boot; undefined where the system has none. */
  bootId(): string | undefined;
  /** Milliseconds since the boot, in steps of ten; goes on while the wall clock is set. */
  uptimeMs(): number | undefined;
}

/** Linux's own answers. */
export class LinuxMachine implements Machine {
  bootId(): string | undefined {
    return readLine('/proc/sys/kernel/random/boot_id');
  }

  uptimeMs(): number | undefined {
    const seconds = Number(readLine('/proc/uptime')?.split(' ')[0]);
    return Number.isFinite(seconds) ? seconds * 1000 : undefined;
  }
}

function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not Linux, or a sandbox without /proc: nothing is remembered over a restart then.
    return undefined;
  }
}
