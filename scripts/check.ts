/**
 * `npm test`, after everything is installed and built: style, types (the build was they), import rules, then all tests.
 * Every stage runs whatever became of those before it, and the last line counts tests and checks together.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'tieng-lang-check-'));
let passed = 0;
let failed = 0;

function heading(text: string): void {
  process.stdout.write(`\n── ${text}\n`);
}

function run(args: readonly string[], options: { capture?: boolean } = {}): { ok: boolean; output: string } {
  const done = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: options.capture ? 'pipe' : 'inherit',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { ok: done.status === 0, output: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

function count(ok: boolean): void {
  if (ok) passed++;
  else failed++;
}

heading('Style, promises, the clock rule');
count(run(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']).ok);

heading('Import rules between the rooms');
const rooms = run(
  [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    'scripts/dependencies.cjs',
    '--include-only',
    '^(shared|server|agent|scripts)/',
    'shared',
    'server',
    'agent',
    'scripts',
  ],
  { capture: true },
);
process.stdout.write(rooms.output);
// A checker that understands none of the files reports no violation either.
const cruised = Number(/\((\d+) modules/.exec(rooms.output)?.[1] ?? 0);
count(rooms.ok && cruised > 100);

for (const [project, text] of [
  ['unit', 'Unit and integration tests'],
  ['system', 'System and browser tests'],
] as const) {
  heading(text);
  const report = join(scratch, `${project}.json`);
  const { ok } = run([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'scripts/vitest.config.ts',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const counted = readReport(report);
  passed += counted.passed;
  failed += counted.failed;
  // A run that failed without a failed test (an unhandled error, a file that does not load) is a failure all the same.
  if (!ok && counted.failed === 0) failed++;
  if (ok && counted.passed === 0) failed++;
}

rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function readReport(file: string): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    return { passed: 0, failed: 0 };
  }
}
