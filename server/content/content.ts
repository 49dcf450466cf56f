import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { UPLOAD_BYTES_MAX } from '@tieng-lang/shared/contract/http/content';
import type { Clock } from '@tieng-lang/shared/time/clock';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Events } from '../events.ts';
import type { Route } from '../http/route.ts';
import type { AuditService, BulletinOnFile, ContentService, Sound } from '../services.ts';
import { mayAir } from './bulletin.ts';
import { bulletinRoutes } from './bulletin-routes.ts';
import { type BulletinRow, BulletinStore } from './bulletin-store.ts';
import { Bulletins } from './bulletins.ts';
import { Library } from './library.ts';
import { mediaRoutes } from './media-routes.ts';
import { type MediaRow, MediaStore } from './media-store.ts';
import { Processing } from './processing.ts';
import { Ffmpeg } from './sound/ffmpeg.ts';
import { SoundMaker } from './sound/sound-maker.ts';
import { SoundFiles } from './sound-files.ts';
import type { SpeechEngine } from './speech/engine.ts';
import { EspeakEngine } from './speech/espeak.ts';
import { Speech } from './speech/speech.ts';
import { renderTune, TUNES } from './tune.ts';

export interface ContentOptions {
  db: Kysely<unknown>;
  clock: Clock;
  log: Logger;
  events: Events;
  audit: AuditService;
  dataDir: string;
  /** espeak-ng when absent. */
  speechEngine?: SpeechEngine;
  uploadBytesMax?: number;
}

export type Content = ContentService & {
  routes: Route[];
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** What people say to the village: sounds, texts, bulletins and their approval. */
export function createContent(options: ContentOptions): Content {
  const { db, clock, log, events, audit } = options;
  const mediaStore = new MediaStore(db);
  const bulletinStore = new BulletinStore(db);
  const files = new SoundFiles(options.dataDir);
  const untold = new Set<Promise<void>>();
  const processing = new Processing({
    store: mediaStore,
    files,
    maker: new SoundMaker({ ffmpeg: new Ffmpeg({ clock }), log }),
    speech: new Speech({ engine: options.speechEngine ?? new EspeakEngine({ clock }) }),
    clock,
    log,
    changed: (mediaId) => follow(mediaChanged(mediaId)),
  });
  const library = new Library({
    store: mediaStore,
    files,
    processing,
    clock,
    newId: () => `med-${randomUUID()}`,
    uploadBytesMax: options.uploadBytesMax ?? UPLOAD_BYTES_MAX,
  });
  const bulletins = new Bulletins({
    store: bulletinStore,
    library,
    audit,
    clock,
    newId: () => `bul-${randomUUID()}`,
    changed: (bulletinId) => follow(bulletinChanged(bulletinId)),
  });

  /** What is told to others is told on the way, never waited for; `stop` waits until the last of it is out. */
  function follow(telling: Promise<void>): void {
    const told = telling
      .catch((error: unknown) => log.error({ event: 'content-push-failed', err: error }))
      .finally(() => untold.delete(told));
    untold.add(told);
  }

  async function mediaChanged(mediaId: string): Promise<void> {
    const data = await library.view(mediaId, 'vi');
    events.emit('push', { name: 'media', data });
    if (data.state === 'processing') return;
    events.emit('media changed', { mediaId });
    for (const bulletinId of await bulletinStore.idsWithMedia(mediaId)) await bulletinChanged(bulletinId);
  }

  async function bulletinChanged(bulletinId: string): Promise<void> {
    events.emit('bulletin changed', { bulletinId });
    events.emit('push', { name: 'bulletin', data: await bulletins.find(bulletinId, 'vi') });
  }

  async function onFile(rows: readonly BulletinRow[]): Promise<Map<string, BulletinOnFile>> {
    const media = await mediaStore.findAll(rows.map((row) => row.media_id));
    return new Map(rows.map((row) => [row.id, bulletinOnFile(row, media.get(row.media_id))]));
  }

  async function tunes(): Promise<(Sound & { id: string })[]> {
    return (await mediaStore.tunes()).flatMap((row) => {
      const sound = soundOf(row);
      return sound ? [{ id: row.id, ...sound }] : [];
    });
  }

  /** At the first start the tunes are made; one whose making failed is made anew. */
  async function ensureTunes(): Promise<void> {
    const there = new Map((await mediaStore.tunes()).map((row) => [row.id, row]));
    for (const tune of TUNES) {
      const row = there.get(tune.id);
      if (row?.state === 'refused') await mediaStore.restart(tune.id);
      if (row) continue;
      const workFile = files.workFile('.wav');
      await writeFile(workFile, renderTune(tune));
      const origin = { kind: 'tune', originalSha256: await files.keepOriginal(workFile), originalName: `${tune.id}.wav` } as const;
      const createdBy = { id: 'station', name: 'Tiếng Làng' };
      await mediaStore.insert({ id: tune.id, title: tune.title, origin, createdAtMs: clock.nowMs(), createdBy });
    }
  }

  return {
    routes: [...mediaRoutes({ library, tunes }), ...bulletinRoutes({ bulletins })],
    async start() {
      await files.start();
      await ensureTunes();
      await processing.start();
    },
    async stop() {
      await processing.stop();
      await Promise.all(untold);
    },
    async bulletin(id) {
      const row = await bulletinStore.find(id);
      return row && (await onFile([row])).get(id);
    },
    async bulletins(ids) {
      return onFile(await bulletinStore.findAll(ids));
    },
    async tune(id) {
      return (await tunes()).find((tune) => tune.id === id);
    },
    tunes,
    soundFile: (sha256) => files.sound(sha256),
  };
}

function soundOf(row: MediaRow | undefined): Sound | null {
  if (row?.state !== 'ready' || row.sha256 === null || row.bytes === null || row.duration_ms === null) return null;
  return { title: row.title, sha256: row.sha256, bytes: row.bytes, durationMs: row.duration_ms };
}

function bulletinOnFile(row: BulletinRow, media: MediaRow | undefined): BulletinOnFile {
  const sound = soundOf(media);
  // An approval of another sound than the one that would play is none: the bulletin waits for a new one.
  const state = row.state === 'approved' && !mayAir(row.state, row.approved_sha256, sound?.sha256 ?? null) ? 'waiting' : row.state;
  return { id: row.id, title: row.title, level: row.level, state, sound: sound && { ...sound, title: row.title } };
}
