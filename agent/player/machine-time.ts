/**
 * CLOCK_MONOTONIC of the machine, ms. `Clock.monotonicMs` counts from the start of its process, so it means nothing to
 * another process; this is only for handing an instant from one process to another, where it is turned back at once.
 */
export function machineMonotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
