/** One fault of a configuration: the variable or argument, and what is wrong with it in both languages. */
export interface ConfigurationFault {
  name: string;
  vi: string;
  en: string;
}

/** All the faults of a configuration in one message; the process that meets it ends with `exitStatus` (EX_CONFIG of sysexits.h). */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration-invalid';
  readonly exitStatus = 78;
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map((fault) => `  ${fault.name}: ${fault.vi} (${fault.en})`);
    super(`Cấu hình sai (configuration errors: ${faults.length}):\n${lines.join('\n')}`);
    this.faults = faults;
  }
}

/** A schema has room for one message: both languages as one string, until `faultOf` parts them. */
export const bilingual = (vi: string, en: string): string => `${vi}\n${en}`;

export function faultOf(name: string, message: string): ConfigurationFault {
  const [vi = message, en = vi] = message.split('\n');
  return { name, vi, en };
}
