import type { ProgrammeItem } from '@tieng-lang/shared/contract/http/schedule';
import { CodedError } from '@tieng-lang/shared/errors';
import type { BulletinOnFile, Composition, ContentService, Sound } from '../services.ts';
import { layOut, type Part } from './composition.ts';
import type { ProgrammeStore, StoredProgramme } from './programme-store.ts';

export type Playable = { bulletinId: string } | { programmeId: string };

/** Everything that a set of programmes and bulletins is made of, fetched at once. */
interface Shelf {
  programmes: ReadonlyMap<string, StoredProgramme>;
  bulletins: ReadonlyMap<string, BulletinOnFile>;
  tunes: ReadonlyMap<string, Sound>;
}

/** Puts together what is played, from programmes and content as they are now. */
export class Composer {
  readonly #content: ContentService;
  readonly #programmes: ProgrammeStore;

  constructor(options: { content: ContentService; programmes: ProgrammeStore }) {
    this.#content = options.content;
    this.#programmes = options.programmes;
  }

  /**
   * For the air, now: whole or not at all.
   * @throws CodedError `not-found`, `not-approved`, `media-not-ready`
   */
  async compose(what: Playable): Promise<Composition> {
    const [composition] = await this.composeAll([what]);
    if (!composition) throw new CodedError('not-found');
    const missing = composition.leftOut.find(({ reason }) => reason !== 'relay-later');
    if (missing?.reason === 'not-approved') throw new CodedError('not-approved', { params: { title: missing.title } });
    if (missing?.reason === 'media-not-ready') throw new CodedError('media-not-ready');
    if (missing || composition.items.length === 0) throw new CodedError('not-found');
    return composition;
  }

  /** For plans: what cannot sound is left out with its reason; undefined where the thing itself is gone. In the order asked. */
  async composeAll(whats: readonly Playable[]): Promise<(Composition | undefined)[]> {
    const shelf = await this.#fetch(whats);
    return whats.map((what) => composeFrom(what, shelf));
  }

  /** Of a programme's items as they are now. */
  async composeItems(name: string, items: readonly ProgrammeItem[]): Promise<Composition> {
    const shelf = await this.#fetchItems(items);
    return layOut(
      { title: name, level: 'normal' },
      items.map((item) => partOf(item, shelf)),
    );
  }

  async #fetch(whats: readonly Playable[]): Promise<Shelf> {
    const programmeIds = whats.flatMap((what) => ('programmeId' in what ? [what.programmeId] : []));
    const programmes = new Map((await this.#programmes.getMany(programmeIds)).map((programme) => [programme.id, programme]));
    const bulletins = whats.flatMap((what) => ('bulletinId' in what ? [{ bulletinId: what.bulletinId }] : []));
    const items = [...bulletins, ...[...programmes.values()].flatMap((programme) => programme.items)];
    return { ...(await this.#fetchItems(items)), programmes };
  }

  async #fetchItems(items: readonly ProgrammeItem[]): Promise<Shelf> {
    const ids = new Set(items.flatMap((item) => ('bulletinId' in item ? [item.bulletinId] : [])));
    const bulletins = ids.size > 0 ? await this.#content.bulletins([...ids]) : new Map<string, BulletinOnFile>();
    const wantsTunes = items.some((item) => 'tuneId' in item);
    const tunes = new Map(wantsTunes ? (await this.#content.tunes()).map((tune) => [tune.id, tune]) : []);
    return { programmes: new Map(), bulletins, tunes };
  }
}

function composeFrom(what: Playable, shelf: Shelf): Composition | undefined {
  if ('bulletinId' in what) {
    const bulletin = shelf.bulletins.get(what.bulletinId);
    return bulletin && layOut({ title: bulletin.title, level: bulletin.level }, [partOf(what, shelf)]);
  }
  const programme = shelf.programmes.get(what.programmeId);
  return (
    programme &&
    layOut(
      { title: programme.name, level: 'normal' },
      programme.items.map((item) => partOf(item, shelf)),
    )
  );
}

function partOf(item: ProgrammeItem, shelf: Shelf): Part {
  if ('gapMs' in item) return { kind: 'gap', gapMs: item.gapMs };
  if ('relay' in item) return { kind: 'left-out', title: item.relay.url, reason: 'relay-later' };
  if ('tuneId' in item) {
    const sound = shelf.tunes.get(item.tuneId);
    return sound ? { kind: 'sound', bulletinId: null, sound } : { kind: 'left-out', title: item.tuneId, reason: 'not-found' };
  }
  const bulletin = shelf.bulletins.get(item.bulletinId);
  if (!bulletin) return { kind: 'left-out', title: item.bulletinId, reason: 'not-found' };
  if (bulletin.state !== 'approved') return { kind: 'left-out', title: bulletin.title, reason: 'not-approved' };
  if (!bulletin.sound) return { kind: 'left-out', title: bulletin.title, reason: 'media-not-ready' };
  return { kind: 'sound', bulletinId: bulletin.id, sound: { ...bulletin.sound, title: bulletin.title } };
}
