import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import type { Agent, IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { dirname } from 'node:path';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** TCP, TLS and the first byte of the answer on a bad 4G link. */
const ANSWER_TIMEOUT_MS = 20_000;

/** A link that brings nothing for this long is given up; what came is kept and gone on from. */
const IDLE_TIMEOUT_MS = 20_000;

export interface DownloadOptions {
  url: URL;
  /** Where it ends up; `<path>.part` beside it until it is whole and right. */
  path: string;
  sha256: string;
  bytes: number;
  agent: Agent;
  clock: Clock;
  signal: AbortSignal;
}

/** Why a file did not come. `wrong-content` and `refused` are not the link's fault. */
export type DownloadFailure = 'link' | 'wrong-content' | 'refused' | 'not-there' | 'disk-full';

export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly failure: DownloadFailure;

  constructor(failure: DownloadFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/**
 * Fetches one file: goes on from what an earlier try left, hashes while it writes, and renames only what is whole,
 * right and synced.
 * @throws DownloadError
 */
export async function download(options: DownloadOptions): Promise<void> {
  const part = `${options.path}.part`;
  const file = await openPart(part);
  try {
    let hash = createHash('sha256');
    let from = await resumeFrom(part, file, options.bytes, hash);
    if (from < options.bytes) {
      let response = await ask(options, from);
      if (from > 0 && !continues(response, from, options.bytes)) {
        // The server does not go on from here, or has another file under that name: begin again.
        await file.truncate(0);
        from = 0;
        hash = createHash('sha256');
        if (response.statusCode !== 200) {
          response.destroy();
          response = await ask(options, 0);
        }
      }
      await receive(response, file, from, hash, options);
    }
    if (hash.digest('hex') !== options.sha256) throw new DownloadError('wrong-content', 'the bytes do not have the name');
    await settle(file, part, options.path);
  } catch (cause) {
    const error = asDownloadError(cause);
    // What is wrong is not gone on from.
    if (error.failure === 'wrong-content') await rm(part, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function openPart(part: string): Promise<FileHandle> {
  try {
    return await open(part, 'r+');
  } catch {
    // Not there yet, or not openable: making it anew says which.
    return open(part, 'w+', 0o600).catch((error: unknown) => {
      throw asDownloadError(error);
    });
  }
}

/** Hashes what an earlier try left. More than the whole file is none of it. */
async function resumeFrom(part: string, file: FileHandle, bytes: number, hash: Hash): Promise<number> {
  const { size } = await file.stat();
  if (size > bytes) {
    await file.truncate(0);
    return 0;
  }
  if (size > 0) for await (const chunk of createReadStream(part, { end: size - 1 }) as AsyncIterable<Buffer>) hash.update(chunk);
  return size;
}

function ask(options: DownloadOptions, from: number): Promise<IncomingMessage> {
  const { url, agent, clock, signal, sha256 } = options;
  return new Promise((resolve, reject) => {
    const headers = from > 0 ? { range: `bytes=${from}-`, 'if-range': `"${sha256}"` } : {};
    const request = get(url, { agent, headers, signal });
    const timer = clock.after(ANSWER_TIMEOUT_MS, () => request.destroy(new DownloadError('link', 'no answer')));
    request.on('error', (error) => {
      timer.cancel();
      reject(error);
    });
    request.on('response', (response) => {
      timer.cancel();
      const status = response.statusCode ?? 0;
      if (status === 200 || status === 206 || (status === 416 && from > 0)) {
        resolve(response);
        return;
      }
      response.resume();
      const failure = status === 404 ? 'not-there' : status === 401 || status === 403 ? 'refused' : 'link';
      reject(new DownloadError(failure, `answered ${status}`));
    });
  });
}

function continues(response: IncomingMessage, from: number, bytes: number): boolean {
  if (response.statusCode !== 206) return false;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers['content-range'] ?? '') ?? [];
  return Number(first) === from && Number(total) === bytes;
}

async function receive(response: IncomingMessage, file: FileHandle, from: number, hash: Hash, options: DownloadOptions): Promise<void> {
  const { clock, bytes } = options;
  let position = from;
  const idle = () => clock.after(IDLE_TIMEOUT_MS, () => response.destroy(new DownloadError('link', 'nothing came any more')));
  let timer = idle();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      timer.cancel();
      if (position + chunk.length > bytes) throw new DownloadError('wrong-content', 'longer than the plan says');
      await file.write(chunk, 0, chunk.length, position);
      hash.update(chunk);
      position += chunk.length;
      timer = idle();
    }
  } finally {
    timer.cancel();
    response.destroy();
  }
  if (position < bytes) {
    const declared = Number(response.headers['content-length'] ?? Number.NaN);
    // An answer that is complete by its own account and still too short is another file; a cut one is gone on from.
    if (response.complete && from + declared === position) throw new DownloadError('wrong-content', 'shorter than the plan says');
    throw new DownloadError('link', 'the answer was cut short');
  }
}

/** Synced before the rename, and the folder after it: a power cut leaves no file that has its name without its bytes. */
async function settle(file: FileHandle, part: string, path: string): Promise<void> {
  await file.sync();
  await rename(part, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function asDownloadError(error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new DownloadError(full ? 'disk-full' : 'link', error instanceof Error ? error.message : String(error), { cause: error });
}

/** The SHA-256 of a file, read in pieces so that nothing else waits; undefined when it is not there. */
export async function hashOfFile(path: string): Promise<{ sha256: string; bytes: number; mtimeMs: number } | undefined> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
    const { size, mtimeMs } = await stat(path);
    return { sha256: hash.digest('hex'), bytes: size, mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
