import type { BulletinState } from '@tieng-lang/shared/contract/http/content';
import { CodedError } from '@tieng-lang/shared/errors';

/** What the rules look at. */
export interface BulletinFacts {
  state: BulletinState;
  /** Who made it, and who changed it last: both are its authors. */
  authorId: string;
  editorId: string;
}

/** What the rules look at of its media. */
export interface MediaFacts {
  state: 'processing' | 'ready' | 'refused';
  sha256: string | null;
  /** Why it was refused, as a sentence. */
  reason: string;
}

/** From which states a step may be taken. An edit may always: it voids whatever was decided. */
const FROM: Record<'submit' | 'approve' | 'refuse', readonly BulletinState[]> = {
  submit: ['draft'],
  approve: ['waiting'],
  refuse: ['waiting'],
};

const WORDS: Record<BulletinState, string> = { draft: 'Nháp', waiting: 'Chờ duyệt', approved: 'Đã duyệt', refused: 'Từ chối' };

function demandState(step: keyof typeof FROM, { state }: BulletinFacts): void {
  if (!FROM[step].includes(state)) throw new CodedError('wrong-state', { params: { state: WORDS[state] } });
}

function demandSecondPerson({ authorId, editorId }: BulletinFacts, actorId: string): void {
  if (actorId === authorId || actorId === editorId) throw new CodedError('author-cannot-approve');
}

/**
 * A bulletin may be submitted while its sound is still being made, so that nobody waits at the screen for it.
 *
 * @throws CodedError `wrong-state`, `media-refused`
 */
export function submitted(bulletin: BulletinFacts, media: MediaFacts): 'waiting' {
  demandState('submit', bulletin);
  if (media.state === 'refused') throw new CodedError('media-refused', { params: { reason: media.reason } });
  return 'waiting';
}

/**
 * Approval is by a second person, whatever their role, and of one sound: the hash says which.
 *
 * @throws CodedError `author-cannot-approve`, `wrong-state`, `media-refused`, `media-not-ready`
 */
export function approved(bulletin: BulletinFacts, media: MediaFacts, actorId: string): { state: 'approved'; sha256: string } {
  demandSecondPerson(bulletin, actorId);
  demandState('approve', bulletin);
  if (media.state === 'refused') throw new CodedError('media-refused', { params: { reason: media.reason } });
  if (media.state !== 'ready' || media.sha256 === null) throw new CodedError('media-not-ready');
  return { state: 'approved', sha256: media.sha256 };
}

/**
 * The author cannot refuse either: who wants it back edits it, which makes it a draft.
 *
 * @throws CodedError `author-cannot-approve`, `wrong-state`
 */
export function refused(bulletin: BulletinFacts, actorId: string): 'refused' {
  demandSecondPerson(bulletin, actorId);
  demandState('refuse', bulletin);
  return 'refused';
}

/** May it go on air? The approval holds for the sound that was heard, and for no other. */
export function mayAir(state: BulletinState, approvedSha256: string | null, sha256: string | null): boolean {
  return state === 'approved' && sha256 !== null && approvedSha256 === sha256;
}

/** Text as it is searched: no diacritics, no case, one blank between words. */
export function searchable(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/\s+/g, ' ').trim();
}
