import { randomBytes } from 'node:crypto';
import { mkdir, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { bilingual, ConfigurationError, faultOf } from '@tieng-lang/shared/configuration';
import { CodedError } from '@tieng-lang/shared/errors';
import * as z from 'zod';
import type { LogLevel } from './log.ts';

export interface ServerConfig {
  /** Absolute. Everything that must survive is below it. */
  dataDir: string;
  databaseFile: string;
  /** The address that every port listens on. */
  host: string;
  /** The name by which devices reach this server; undefined: its own address. */
  publicHost: string | undefined;
  /** 0: any free port. */
  httpPort: number;
  mqttPort: number;
  devicePort: number;
  /** The first administrator's password; undefined: one is generated. */
  adminPassword: string | undefined;
  /** Undefined: the broker of our own, as a child process. */
  brokerUrl: string | undefined;
  logLevel: LogLevel;
}

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, bilingual('phải là số cổng từ 0 đến 65535', 'must be a port number, 0 to 65535'))
    .transform(Number)
    .refine((number) => number <= 65_535, bilingual('phải là số cổng từ 0 đến 65535', 'must be a port number, 0 to 65535'))
    .default(fallback);

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies readonly LogLevel[];

const environment = z
  .object({
    TL_DATA_DIR: z.string().default('./data'),
    TL_HTTP_PORT: port(8080),
    TL_MQTT_PORT: port(8883),
    TL_DEVICE_PORT: port(8443),
    TL_HOST: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]+$/, bilingual('phải là địa chỉ IP hoặc tên máy', 'must be an IP address or a host name'))
      .default('127.0.0.1'),
    TL_PUBLIC_HOST: z
      .string()
      .regex(/^[A-Za-z0-9.:-]+$/, bilingual('phải là địa chỉ IP hoặc tên máy', 'must be an IP address or a host name'))
      .optional(),
    // The rules for new passwords are not applied: whoever sets the environment owns the machine, and a start must not fail on taste.
    TL_ADMIN_PASSWORD: z
      .string()
      .min(1, bilingual('không được để trống', 'must not be empty'))
      .max(200, bilingual('mật khẩu quá dài', 'too long (at most 200 characters)'))
      .optional(),
    TL_DATABASE_URL: z
      .string()
      .superRefine((text, context) => {
        const message = /^postgres(ql)?:\/\//i.test(text)
          ? bilingual(
              'PostgreSQL dành cho phiên bản sau; bỏ biến này để dùng SQLite trong TL_DATA_DIR',
              'PostgreSQL comes with a later version; unset it to use SQLite in TL_DATA_DIR',
            )
          : bilingual('không nhận; bỏ biến này để dùng SQLite trong TL_DATA_DIR', 'not accepted; unset it to use SQLite in TL_DATA_DIR');
        context.addIssue({ code: 'custom', message });
      })
      .optional(),
    TL_BROKER_URL: z
      .url({
        protocol: /^mqtts$/,
        error: bilingual('phải có dạng mqtts://máy:cổng (luôn qua TLS)', 'must look like mqtts://host:port (always over TLS)'),
      })
      .optional(),
    TL_LOG_LEVEL: z
      .enum(LEVELS, { error: bilingual(`phải là một trong ${LEVELS.join(', ')}`, `must be one of ${LEVELS.join(', ')}`) })
      .default('info'),
  })
  .superRefine((values, context) => {
    const taken = new Map<number, string>();
    for (const variable of ['TL_HTTP_PORT', 'TL_MQTT_PORT', 'TL_DEVICE_PORT'] as const) {
      const number = values[variable];
      const other = taken.get(number);
      if (number !== 0 && other) {
        context.addIssue({ code: 'custom', path: [variable], message: bilingual(`trùng cổng với ${other}`, `the same port as ${other}`) });
      }
      taken.set(number, variable);
    }
  });

/**
 * Reads the `TL_…` variables; what is unset or empty takes its default.
 * @throws ConfigurationError that lists every fault
 */
export function readConfig(env: NodeJS.ProcessEnv): ServerConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('TL_') && value?.trim()));
  const read = environment.safeParse(given);
  if (!read.success) {
    throw new ConfigurationError(read.error.issues.map((issue) => faultOf(issue.path.join('.'), issue.message)));
  }
  const dataDir = path.resolve(read.data.TL_DATA_DIR);
  return {
    dataDir,
    databaseFile: path.join(dataDir, 'tieng-lang.sqlite'),
    host: read.data.TL_HOST,
    publicHost: read.data.TL_PUBLIC_HOST,
    httpPort: read.data.TL_HTTP_PORT,
    mqttPort: read.data.TL_MQTT_PORT,
    devicePort: read.data.TL_DEVICE_PORT,
    adminPassword: read.data.TL_ADMIN_PASSWORD,
    brokerUrl: read.data.TL_BROKER_URL,
    logLevel: read.data.TL_LOG_LEVEL,
  };
}

/**
 * Makes the folder and proves that it takes a file: permissions alone say nothing about a read-only disk, a full one, or
 * a path that runs through a file.
 * @throws CodedError `folder-not-writable`
 */
export async function ensureWritable(folder: string): Promise<void> {
  const probe = path.join(folder, `.write-probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const file = await open(probe, 'wx');
    try {
      await file.writeFile('probe');
      await file.sync();
    } finally {
      await file.close();
      await unlink(probe);
    }
  } catch (cause) {
    throw new CodedError('folder-not-writable', { params: { folder }, cause });
  }
}
