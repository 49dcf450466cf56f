import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** What is kept of a child's messages: the end of them, where the reason of a failure stands. */
const KEPT_MESSAGE_CHARACTERS = 64 * 1024;

/** What a child may answer on its standard output; a waveform of 800 steps is 80 KB. */
const ANSWER_CHARACTERS_MAX = 4 * 1024 * 1024;

export interface ChildRun {
  program: string;
  args: readonly string[];
  /** Wall time after which it is killed. */
  limitMs: number;
  /** Written to its standard input, which is closed after it. */
  input?: string;
  /** Every whole line of its standard output, as it comes; then the output is not kept. */
  onLine?: (line: string) => void;
  signal: AbortSignal;
}

export interface ChildEnd {
  exitCode: number;
  output: string;
  messages: string;
}

/**
 * Runs a program to its end and never longer than its limit; it does not outlive the signal.
 *
 * @throws CodedError `program-missing`, `media-processing-stopped` (its limit was reached); the signal's reason
 */
export async function runChild(clock: Clock, run: ChildRun): Promise<ChildEnd> {
  run.signal.throwIfAborted();
  const child = spawn(run.program, [...run.args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let timedOut = false;
  const kill = () => child.kill('SIGKILL');
  const timer = clock.after(run.limitMs, () => {
    timedOut = true;
    kill();
  });
  run.signal.addEventListener('abort', kill, { once: true });
  try {
    const end = await untilClosed(child, run);
    run.signal.throwIfAborted();
    if (timedOut) throw new CodedError('media-processing-stopped');
    return end;
  } finally {
    timer.cancel();
    run.signal.removeEventListener('abort', kill);
  }
}

function untilClosed(child: ChildProcess, run: ChildRun): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    let output = '';
    let messages = '';
    child.once('spawn', () => yieldToBroadcasts(child));
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(missing(run.program, error));
      else reject(error);
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (run.onLine) output = eachLine(output, run.onLine);
      else if (output.length > ANSWER_CHARACTERS_MAX) child.kill('SIGKILL');
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      messages = (messages + chunk).slice(-KEPT_MESSAGE_CHARACTERS);
    });
    // A child that ends before it has read everything closes the pipe; its exit status says why it ended.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(run.input ?? '');
    child.once('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, output, messages }));
  });
}

function eachLine(text: string, onLine: (line: string) => void): string {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) onLine(line);
  return rest;
}

/** A broadcast on the same machine goes before an upload. */
function yieldToBroadcasts(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the machine does not let us: it runs at the ordinary priority.
  }
}

function missing(program: string, cause: unknown): CodedError {
  const debianPackage = program.includes('espeak') ? 'espeak-ng' : 'ffmpeg';
  return new CodedError('program-missing', { params: { program, command: `sudo apt install ${debianPackage}` }, cause });
}
