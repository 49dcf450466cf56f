import { listOf, page } from '@tieng-lang/shared/contract/http/basics';
import { media, mediaAccepted, textPreviewAnswer, textPreviewRequest, waveform } from '@tieng-lang/shared/contract/http/content';
import { tune } from '@tieng-lang/shared/contract/http/schedule';
import { CodedError } from '@tieng-lang/shared/errors';
import type { Response } from 'express';
import { type Route, route } from '../http/route.ts';
import type { Sound } from '../services.ts';
import type { Library } from './library.ts';
import { spokenText } from './speech/vietnamese-text.ts';

const TAG = 'media';

/** Who brings sounds and words. */
export const WRITERS = ['admin', 'editor', 'broadcaster'] as const;

export function mediaRoutes({ library, tunes }: { library: Library; tunes: () => Promise<(Sound & { id: string })[]> }): Route[] {
  return [
    route({
      method: 'post',
      path: '/media',
      tag: TAG,
      summary: 'Uploads a recording: multipart/form-data with the field "file", up to 200 MB',
      access: WRITERS,
      answers: {
        202: { description: 'Stored; it is being made ready', schema: mediaAccepted },
        413: { description: 'Larger than 200 MB' },
      },
      async handle({ actor, request }) {
        const id = await library.upload(request, actor);
        return { status: 202, body: { id, state: 'processing' }, headers: { Location: `/api/v1/media/${id}` } };
      },
    }),
    route({
      method: 'get',
      path: '/media',
      tag: TAG,
      summary: 'The uploaded recordings, newest first',
      access: 'signed-in',
      query: page,
      answers: { 200: { description: 'A page of them', schema: listOf(media) } },
      async handle({ query, language }) {
        return { status: 200, body: await library.uploads(query, language) };
      },
    }),
    route({
      method: 'get',
      path: '/media/:id',
      tag: TAG,
      summary: 'One recording or speech: its state, length and loudness',
      access: 'signed-in',
      answers: { 200: { description: 'It', schema: media }, 404: { description: 'None of this id' } },
      async handle({ params, language }) {
        return { status: 200, body: await library.view(params.id ?? '', language) };
      },
    }),
    route({
      method: 'get',
      path: '/media/:id/audio',
      tag: TAG,
      summary: 'The sound as clusters play it (Ogg Opus), with ranges',
      access: 'signed-in',
      answers: { 200: { description: 'The sound', contentType: 'audio/ogg' }, 409: { description: 'Not ready yet' } },
      async handle({ params, response }) {
        const { path, sha256 } = await library.soundFile(params.id ?? '');
        await sendSound(response, path, sha256);
        return undefined;
      },
    }),
    route({
      method: 'get',
      path: '/media/:id/waveform',
      tag: TAG,
      summary: 'Its peaks, for drawing',
      access: 'signed-in',
      answers: { 200: { description: 'Pairs of minimum and maximum', schema: waveform }, 409: { description: 'Not ready yet' } },
      async handle({ params }) {
        return { status: 200, body: await library.waveform(params.id ?? '') };
      },
    }),
    route({
      method: 'get',
      path: '/tunes',
      tag: TAG,
      summary: "The station's own tunes",
      access: 'signed-in',
      answers: { 200: { description: 'All of them', schema: listOf(tune) } },
      async handle() {
        return { status: 200, body: { items: await tunes(), next: null } };
      },
    }),
    route({
      method: 'post',
      path: '/text/preview',
      tag: TAG,
      summary: 'The words that the voice will read for a text',
      access: WRITERS,
      body: textPreviewRequest,
      answers: { 200: { description: 'The words', schema: textPreviewAnswer } },
      handle({ body }) {
        return { status: 200, body: { spoken: spokenText(body.text) } };
      },
    }),
  ];
}

/** A sound never changes under its hash, so a browser may keep it; the answer to ranges is Express's (RFC 9110 §14). */
function sendSound(response: Response, path: string, sha256: string): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  response.set({ 'Cache-Control': 'private, max-age=86400, immutable', ETag: `"${sha256}"`, 'Content-Type': 'audio/ogg; codecs=opus' });
  return new Promise((resolve, reject) => {
    response.sendFile(path.slice(folder.length + 1), { root: folder, cacheControl: false, lastModified: false }, (error?: unknown) => {
      const fault = error as (NodeJS.ErrnoException & { status?: number }) | undefined;
      // A listener that closes the page has heard enough.
      if (!fault || fault.code === 'ECONNABORTED' || fault.code === 'ECONNRESET' || fault.code === 'EPIPE') resolve();
      else if (fault.status === 416) reject(new CodedError('range-not-satisfiable', { cause: fault }));
      else if (fault.status === 404) reject(new CodedError('not-found', { cause: fault }));
      else reject(fault);
    });
  });
}
