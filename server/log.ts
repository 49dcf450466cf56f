import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Names that hold a secret wherever they stand, one and two levels down (pino knows no deeper wildcard). */
const SECRETS = ['password', 'totp', 'key', 'token', 'csrfToken', 'cookie', 'authorization', 'privateKey', 'enrolmentCode', 'secret'];

/**
 * The records of a process: JSON lines on standard output, `event` first, ISO times. Written synchronously, so that the
 * last line before an exit, the one that says why, is not lost.
 */
export function createLogger(options: { level: LogLevel; part: string; destination?: DestinationStream }): Logger {
  return pino(
    {
      level: options.level,
      base: { part: options.part },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    ...(options.destination ? [options.destination] : []),
  );
}
