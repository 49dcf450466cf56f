import { isIP } from 'node:net';

export interface HostNames {
  /** The address that the server listens on (`TL_HOST`). */
  host: string;
  /** The name by which devices come from outside (`TL_PUBLIC_HOST`), where that is another. */
  publicHost?: string | undefined;
  hostname: string;
  /** The addresses of this machine's network cards. */
  addresses: readonly string[];
}

const WILDCARDS = new Set(['0.0.0.0', '::', '']);

/**
 * The names by which devices may come to this server, sorted, each once: what its certificate has to hold. A server
 * that listens everywhere is reached by any of its addresses.
 */
export function namesOfServer({ host, publicHost = '', hostname, addresses }: HostNames): string[] {
  const own = WILDCARDS.has(host) ? addresses : [host];
  const usable = [...own, publicHost, hostname].filter((name) => name !== '').map((name) => name.replace(/%.*$/, '').toLowerCase());
  return [...new Set(['localhost', '127.0.0.1', '::1', ...usable])].sort();
}

/** As the certificate's subjectAltName has it (RFC 5280 §4.2.1.6): addresses are not host names. */
export function alternativeNames(names: readonly string[]): { type: 'dns' | 'ip'; value: string }[] {
  return names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }));
}
