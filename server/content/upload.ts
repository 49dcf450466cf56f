import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Clock } from '@tieng-lang/shared/time/clock';
import busboy from 'busboy';

/**
 * What is read and thrown away of an upload that was refused, so that the sender gets to read the answer: most clients
 * look for it only when they have sent everything, and a closed connection would take it from them.
 */
const DRAIN_BYTES_MAX = 400 * 1024 * 1024;
const DRAIN_MS_MAX = 60_000;

/** Room for the boundary, the part's head and a few small fields. */
const ENVELOPE_BYTES = 64 * 1024;

export interface Uploaded {
  name: string;
  bytes: number;
}

/**
 * Streams the field `file` of a multipart body to `toFile`, counting; nothing of it is held in memory.
 *
 * The file at `toFile` may be there, whole or in part, when it throws: the caller discards it.
 *
 * @throws CodedError `unsupported-media-type`, `body-too-large`, `media-missing-file`, `upload-incomplete`,
 * `storage-full`
 */
export async function receiveUpload(options: {
  request: IncomingMessage;
  toFile: string;
  bytesMax: number;
  clock: Clock;
}): Promise<Uploaded> {
  const { request, toFile, bytesMax, clock } = options;
  try {
    refuseByHead(request, bytesMax);
    const uploaded = await receive(request, toFile, bytesMax);
    if (!uploaded) throw new CodedError('media-missing-file');
    return uploaded;
  } catch (error) {
    drain(request, clock);
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new CodedError('storage-full', { cause: error });
    throw error;
  }
}

function refuseByHead(request: IncomingMessage, bytesMax: number): void {
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(request.headers['content-type'] ?? '')) throw new CodedError('unsupported-media-type');
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > bytesMax + ENVELOPE_BYTES) throw tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): CodedError {
  return new CodedError('body-too-large', { params: { limit: `${Math.round(bytesMax / 1024 / 1024)} MB` } });
}

async function receive(request: IncomingMessage, toFile: string, bytesMax: number): Promise<Uploaded | undefined> {
  const form = busboy({
    headers: request.headers,
    // Names come as UTF-8 from every browser, whatever the standard's default says.
    defParamCharset: 'utf8',
    limits: { files: 1, fields: 8, fieldSize: 4096, parts: 16 },
  });
  let file: Promise<Uploaded> | undefined;
  const stopped = new Promise<never>((_, reject) => {
    form.on('file', (field, stream, { filename }) => {
      if (field !== 'file' || file !== undefined) {
        // Nobody wants this part, so neither does anybody want to know that it broke.
        stream.on('error', () => undefined).resume();
        return;
      }
      file = writeCounted(stream, toFile, bytesMax, filename ?? '');
      file.catch(reject);
    });
    // More than one may come: the end of the request is an error to a parser that was already stopped.
    form.on('error', (cause) => reject(new CodedError('upload-incomplete', { cause })));
    request.once('close', () => {
      if (!request.readableEnded) reject(new CodedError('upload-incomplete'));
    });
  });
  const parsed = new Promise<void>((resolve) => form.once('close', resolve));
  request.pipe(form);
  try {
    await Promise.race([parsed, stopped]);
    return await file;
  } finally {
    request.unpipe(form);
    form.destroy();
    // Whatever ended it, the file is closed before the caller discards it.
    await file?.catch(() => undefined);
  }
}

async function writeCounted(stream: NodeJS.ReadableStream, toFile: string, bytesMax: number, name: string): Promise<Uploaded> {
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(tooLarge(bytesMax));
      else done(null, chunk);
    },
  });
  await pipeline(stream, count, createWriteStream(toFile, { flags: 'wx' }));
  return { name, bytes };
}

/** Reads on without keeping anything; past the bounds the connection is closed. */
function drain(request: IncomingMessage, clock: Clock): void {
  if (request.readableEnded || request.destroyed) return;
  let bytes = 0;
  const end = () => request.destroy();
  const timer = clock.after(DRAIN_MS_MAX, end);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES_MAX) end();
  });
  request.once('close', () => timer.cancel());
  request.once('error', () => timer.cancel());
  request.resume();
}
