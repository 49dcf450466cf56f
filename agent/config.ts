import path from 'node:path';
import { parseArgs } from 'node:util';
import { bilingual, ConfigurationError, type ConfigurationFault, faultOf } from '@tieng-lang/shared/configuration';
import * as z from 'zod';

export interface AgentConfig {
  /** Absolute. This agent's own folder. */
  dataDir: string;
  /** Absolute. Where `TL_SINK=file` writes. */
  captureDir: string;
  sink: 'alsa' | 'file' | 'null';
  /** Name of the ALSA device. */
  alsaDevice: string | undefined;
  hardware: 'raspberry-pi' | 'simulated';
  lines: { amplifier?: number; door?: number; mains?: number };
  logLevel: (typeof LEVELS)[number];
  server: { url: string; code?: string; brokerUrl?: string } | undefined;
}

const oneOf = (names: readonly string[]) => bilingual(`phải là một trong ${names.join(', ')}`, `must be one of ${names.join(', ')}`);

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const SINKS = ['alsa', 'file', 'null'] as const;
const BOXES = ['raspberry-pi', 'simulated'] as const;

const ARGUMENTS = ['server', 'code', 'broker', 'data'];
const KNOWN = ARGUMENTS.map((name) => `--${name}`).join(', ');

const line = z
  .string()
  .regex(/^\d{1,3}$/, bilingual('phải là số chân GPIO', 'must be the number of a GPIO line'))
  .transform(Number)
  .optional();

const input = z.object({
  TL_DATA_DIR: z.string().default('./data'),
  TL_SINK: z.enum(SINKS, { error: oneOf(SINKS) }).default('alsa'),
  TL_ALSA_DEVICE: z.string().max(100).optional(),
  TL_HARDWARE: z.enum(BOXES, { error: oneOf(BOXES) }).optional(),
  TL_GPIO_AMPLIFIER: line,
  TL_GPIO_DOOR: line,
  TL_GPIO_MAINS: line,
  TL_LOG_LEVEL: z.enum(LEVELS, { error: oneOf(LEVELS) }).default('info'),
  '--data': z.string().min(1).optional(),
  '--server': z
    .url({ protocol: /^https$/, error: bilingual('phải có dạng https://máy:cổng', 'must look like https://host:port') })
    .optional(),
  '--code': z.string().min(1).max(60).optional(),
  '--broker': z
    .url({ protocol: /^mqtts$/, error: bilingual('phải có dạng mqtts://máy:cổng', 'must look like mqtts://host:port') })
    .optional(),
});

/**
 * Reads the `TL_…` variables and the arguments; what is unset or empty takes its default.
 * @throws ConfigurationError that lists every fault
 */
export function readConfig(env: NodeJS.ProcessEnv, args: readonly string[]): AgentConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => name.startsWith('TL_') && value?.trim()));
  const { values, faults } = readArguments(args);
  const read = input.safeParse({ ...given, ...values });
  if (!read.success || faults.length > 0) {
    throw new ConfigurationError([...faults, ...(read.error?.issues ?? []).map((issue) => faultOf(issue.path.join('.'), issue.message))]);
  }
  const { TL_GPIO_AMPLIFIER: amplifier, TL_GPIO_DOOR: door, TL_GPIO_MAINS: mains } = read.data;
  const root = path.resolve(read.data.TL_DATA_DIR);
  const { '--server': url, '--code': code, '--broker': brokerUrl } = read.data;
  return {
    dataDir: read.data['--data'] === undefined ? path.join(root, 'agent') : path.resolve(read.data['--data']),
    captureDir: path.join(root, 'capture'),
    sink: read.data.TL_SINK,
    alsaDevice: read.data.TL_ALSA_DEVICE,
    // Without a real sound card there is no real box around it either.
    hardware: read.data.TL_HARDWARE ?? (read.data.TL_SINK === 'alsa' ? 'raspberry-pi' : 'simulated'),
    lines: {
      ...(amplifier === undefined ? {} : { amplifier }),
      ...(door === undefined ? {} : { door }),
      ...(mains === undefined ? {} : { mains }),
    },
    logLevel: read.data.TL_LOG_LEVEL,
    server:
      url === undefined ? undefined : { url, ...(code === undefined ? {} : { code }), ...(brokerUrl === undefined ? {} : { brokerUrl }) },
  };
}

function readArguments(args: readonly string[]): { values: Record<string, string>; faults: ConfigurationFault[] } {
  const text = { type: 'string' } as const;
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(ARGUMENTS.map((name) => [name, text])),
    strict: false,
    tokens: true,
  });
  const values: Record<string, string> = {};
  const faults: ConfigurationFault[] = [];
  for (const token of tokens) {
    if (token.kind === 'option' && ARGUMENTS.includes(token.name)) {
      if (token.value) values[`--${token.name}`] = token.value;
      else faults.push(faultOf(`--${token.name}`, bilingual('thiếu giá trị', 'needs a value')));
    } else if (token.kind !== 'option-terminator') {
      const name = token.kind === 'option' ? token.rawName : token.value;
      faults.push(faultOf(name, bilingual(`không có tham số này; dùng ${KNOWN}`, `unknown; use ${KNOWN}`)));
    }
  }
  for (const given of ['--code', '--broker']) {
    if (given in values && !('--server' in values))
      faults.push(faultOf('--server', bilingual(`phải đi cùng ${given}`, `goes with ${given}`)));
  }
  return { values, faults };
}
