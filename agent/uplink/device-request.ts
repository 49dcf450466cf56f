import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Clock } from '@tieng-lang/shared/time/clock';

/** What the device port answers beside media is small. */
const ANSWER_BYTES_MAX = 100_000;

/** Connecting and being answered on a bad 4G link. */
const TIMEOUT_MS = 20_000;

export interface DeviceRequest {
  url: URL;
  method: 'GET' | 'POST';
  clock: Clock;
  signal?: AbortSignal;
  body?: string;
  tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;
}

/** One small request to the device port: status and text. Rejects on timeout, an oversize answer or a broken link. */
export function requestOnce(options: DeviceRequest): Promise<{ status: number; text: string }> {
  const { clock, url, method, body } = options;
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method, headers, agent: false, minVersion: 'TLSv1.2', ...options.tls }, (response) => {
      collect(response).then(resolve, reject).finally(finish);
    });
    const timer = clock.after(TIMEOUT_MS, () => sent.destroy(new Error('timed out')));
    const abort = () => sent.destroy(new Error('aborted'));
    const finish = () => {
      timer.cancel();
      options.signal?.removeEventListener('abort', abort);
    };
    options.signal?.addEventListener('abort', abort, { once: true });
    sent.on('error', (error) => {
      finish();
      reject(error);
    });
    sent.end(body);
  });
}

async function collect(response: IncomingMessage): Promise<{ status: number; text: string }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new Error('answer too large');
    }
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') };
}
