import type { Bulletin, bulletinPatch, bulletinRequest } from '@tieng-lang/shared/contract/http/content';
import { CodedError, describeError, type ErrorParams, isErrorCode, type Language } from '@tieng-lang/shared/errors';
import { type Clock, toIso } from '@tieng-lang/shared/time/clock';
import type * as z from 'zod';
import type { AuditService } from '../services.ts';
import { approved, type BulletinFacts, type MediaFacts, refused, searchable, submitted } from './bulletin.ts';
import { type BulletinChange, type BulletinRow, type BulletinStore, UNDECIDED } from './bulletin-store.ts';
import type { Library } from './library.ts';
import type { MediaRow } from './media-store.ts';
import type { Page, PageQuery } from './page.ts';
import { spokenText } from './speech/vietnamese-text.ts';

type BulletinRequest = z.output<typeof bulletinRequest>;
type BulletinPatch = z.output<typeof bulletinPatch>;

export interface Person {
  id: string;
  name: string;
}

/** Two people at one bulletin at the same time: the second decides anew on what the first left. More often is a loop. */
const DECISIONS_MAX = 5;

const NO_TEXT = { text: null, spoken: null, voice: null, rate: null } as const;

/** Bulletins from draft to approval. */
export class Bulletins {
  readonly #store: BulletinStore;
  readonly #library: Library;
  readonly #audit: AuditService;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #changed: (bulletinId: string) => void;

  constructor(options: {
    store: BulletinStore;
    library: Library;
    audit: AuditService;
    clock: Clock;
    newId: () => string;
    changed: (bulletinId: string) => void;
  }) {
    this.#store = options.store;
    this.#library = options.library;
    this.#audit = options.audit;
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#changed = options.changed;
  }

  /** @throws CodedError `invalid-input` (no such media), `text-unspeakable`, `too-many-requests` */
  async create(request: BulletinRequest, by: Person): Promise<string> {
    const id = this.#newId();
    const content =
      request.mediaId === undefined ? await this.#withSpeech(request, request.title, by) : await this.#withMedia(request.mediaId);
    await this.#store.insert({
      ...UNDECIDED,
      ...content,
      id,
      title: request.title.trim().normalize('NFC'),
      level: request.level,
      state: 'draft',
      search: searchable(`${request.title} ${content.text ?? ''}`),
      author_id: by.id,
      author_name: by.name,
      editor_id: by.id,
      editor_name: by.name,
      created_at_ms: this.#clock.nowMs(),
    });
    await this.#audit.audit(by, 'bulletin-created', id, { title: request.title, level: request.level });
    this.#changed(id);
    return id;
  }

  /**
   * Any change makes it a draft again and voids what was decided.
   *
   * @throws CodedError `not-found`, `invalid-input`, `text-unspeakable`, `too-many-requests`
   */
  async edit(id: string, patch: BulletinPatch, by: Person): Promise<void> {
    if (Object.keys(patch).length === 0) {
      await this.#row(id);
      return;
    }
    const content = await this.#newContent(await this.#row(id), patch, by);
    await this.#step(id, by, 'bulletin-edited', { fields: Object.keys(patch) }, (row) => {
      const title = patch.title?.trim().normalize('NFC') ?? row.title;
      const text = content ? content.text : row.text;
      return {
        ...UNDECIDED,
        ...content,
        state: 'draft',
        title,
        level: patch.level ?? row.level,
        search: searchable(`${title} ${text ?? ''}`),
        editor_id: by.id,
        editor_name: by.name,
      };
    });
  }

  /** @throws CodedError `not-found`, `wrong-state`, `media-refused` */
  submit(id: string, by: Person): Promise<void> {
    return this.#step(id, by, 'bulletin-submitted', {}, (row, media) => ({
      state: submitted(factsOf(row), mediaFactsOf(media)),
      submitted_at_ms: this.#clock.nowMs(),
    }));
  }

  /** @throws CodedError `not-found`, `author-cannot-approve`, `wrong-state`, `media-refused`, `media-not-ready` */
  approve(id: string, by: Person): Promise<void> {
    return this.#step(id, by, 'bulletin-approved', {}, (row, media) => {
      const { state, sha256 } = approved(factsOf(row), mediaFactsOf(media), by.id);
      return { state, approved_sha256: sha256, ...this.#decidedBy(by) };
    });
  }

  /** @throws CodedError `not-found`, `author-cannot-approve`, `wrong-state` */
  refuse(id: string, reason: string, by: Person): Promise<void> {
    return this.#step(id, by, 'bulletin-refused', { reason }, (row) => ({
      state: refused(factsOf(row), by.id),
      refusal_reason: reason,
      ...this.#decidedBy(by),
    }));
  }

  /** @throws CodedError `not-found` */
  async find(id: string, language: Language): Promise<Bulletin> {
    const [bulletin] = await this.#toBulletins([await this.#row(id)], language);
    if (!bulletin) throw new CodedError('not-found');
    return bulletin;
  }

  async list(
    query: PageQuery & { state?: Bulletin['state'] | undefined; q?: string | undefined },
    language: Language,
  ): Promise<Page<Bulletin>> {
    const words = searchable(query.q ?? '')
      .split(' ')
      .filter(Boolean);
    const { items, next } = await this.#store.list({ ...query, words });
    return { items: await this.#toBulletins(items, language), next };
  }

  async #row(id: string): Promise<BulletinRow> {
    const row = await this.#store.find(id);
    if (!row) throw new CodedError('not-found');
    return row;
  }

  /** Decides on what is stored, and stores the decision only if that is still what is stored. */
  async #step(
    id: string,
    by: Person,
    action: string,
    detail: Readonly<Record<string, unknown>>,
    decide: (row: BulletinRow, media: MediaRow) => BulletinChange,
  ): Promise<void> {
    for (let decision = 1; decision <= DECISIONS_MAX; decision++) {
      const row = await this.#row(id);
      const media = await this.#library.row(row.media_id);
      const change = decide(row, media);
      if (!(await this.#store.change(id, row.revision, change))) continue;
      await this.#audit.audit(by, action, id, { ...detail, revision: row.revision + 1, sha256: media.sha256 });
      this.#changed(id);
      return;
    }
    throw new CodedError('unavailable');
  }

  #decidedBy(by: Person) {
    return { approver_id: by.id, approver_name: by.name, decided_at_ms: this.#clock.nowMs() };
  }

  async #withMedia(mediaId: string) {
    if (!(await this.#library.find(mediaId))) {
      throw new CodedError('invalid-input', { faults: [{ path: 'mediaId', message: 'Không có âm thanh này' }] });
    }
    return { ...NO_TEXT, media_id: mediaId };
  }

  async #withSpeech(
    order: { text?: string | undefined; voice?: SpeechVoice | undefined; rate?: number | undefined },
    title: string,
    by: Person,
  ) {
    const { text = '', voice = 'vi-north', rate = 1 } = order;
    const spoken = spokenText(text);
    if (!/\p{L}/u.test(spoken)) throw new CodedError('text-unspeakable');
    const mediaId = await this.#library.addSpeech({ title, speech: { spoken, voice, rate }, by });
    return { media_id: mediaId, text, spoken, voice, rate };
  }

  /** Undefined when the words and the sound stay as they are. */
  async #newContent(row: BulletinRow, patch: BulletinPatch, by: Person) {
    if (patch.mediaId !== undefined) return this.#withMedia(patch.mediaId);
    const text = patch.text ?? row.text;
    if (text === null) {
      if (patch.voice === undefined && patch.rate === undefined) return undefined;
      throw new CodedError('invalid-input', { faults: [{ path: 'text', message: 'Bản tin này không có văn bản để đọc' }] });
    }
    const order = { text, voice: patch.voice ?? row.voice ?? undefined, rate: patch.rate ?? row.rate ?? undefined };
    if (order.text === row.text && order.voice === row.voice && order.rate === row.rate) return undefined;
    return this.#withSpeech(order, patch.title ?? row.title, by);
  }

  async #toBulletins(rows: readonly BulletinRow[], language: Language): Promise<Bulletin[]> {
    const media = await this.#library.views(
      rows.map((row) => row.media_id),
      language,
    );
    return rows.flatMap((row) => {
      const itsMedia = media.get(row.media_id);
      return itsMedia ? [toBulletin(row, itsMedia)] : [];
    });
  }
}

type SpeechVoice = NonNullable<BulletinPatch['voice']>;

function factsOf(row: BulletinRow): BulletinFacts {
  return { state: row.state, authorId: row.author_id, editorId: row.editor_id };
}

function mediaFactsOf(row: MediaRow): MediaFacts {
  const code = row.refusal_code ?? '';
  const params = JSON.parse(row.refusal_params ?? '{}') as ErrorParams;
  return { state: row.state, sha256: row.sha256, reason: isErrorCode(code) ? describeError(code, 'vi', params) : '' };
}

function toBulletin(row: BulletinRow, media: Bulletin['media']): Bulletin {
  return {
    id: row.id,
    title: row.title,
    level: row.level,
    state: row.state,
    mediaId: row.media_id,
    media,
    text: row.text,
    spoken: row.spoken,
    voice: row.voice,
    rate: row.rate,
    author: row.author_name,
    approver: row.approver_name,
    refusalReason: row.refusal_reason,
    createdAt: toIso(row.created_at_ms),
    submittedAt: row.submitted_at_ms === null ? null : toIso(row.submitted_at_ms),
    decidedAt: row.decided_at_ms === null ? null : toIso(row.decided_at_ms),
  };
}
