import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PARTS = ['broker-process', 'gatekeeper', 'topic-rules', 'broker-messages', 'dead-letters', 'clock-answerer'];

/**
 * The file that the broker process runs. Compiled code has it beside itself; from the sources (the tests) it is the
 * compiled one all the same, since Node 20 runs no TypeScript.
 * @throws Error when the build is older than the source: a test would prove something about the past
 */
export function brokerEntry(): string {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return here('broker-process.js');
  const entry = here('../dist/broker/broker-process.js');
  // The compiler leaves an output alone that would not change, so its own record of the build is what tells.
  const builtAtMs = statSync(here('../dist/tsconfig.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newer = PARTS.find((name) => statSync(here(`${name}.ts`)).mtimeMs > builtAtMs);
  if (newer || !existsSync(entry)) throw new Error(`server/broker is newer than its build (${newer ?? entry}): npx tsc -b server`);
  return entry;
}
