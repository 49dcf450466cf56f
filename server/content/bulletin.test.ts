import { CodedError } from '@tieng-lang/shared/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { approved, type BulletinFacts, type MediaFacts, mayAir, refused, searchable, submitted } from './bulletin.ts';

const READY: MediaFacts = { state: 'ready', sha256: 'a'.repeat(64), reason: '' };

/** The rules as a station lives them: who does what in which order, decided by chance. */
interface Life extends BulletinFacts {
  approvedBy: string | null;
  approvedSha256: string | null;
  sha256: string;
}

const PEOPLE = ['lan', 'binh', 'cuong'];
const step = fc.record({
  kind: fc.constantFrom('edit', 'submit', 'approve', 'refuse'),
  by: fc.constantFrom(...PEOPLE),
  sha256: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
});

function live(life: Life, { kind, by, sha256 }: { kind: string; by: string; sha256: string }): Life {
  const media = { ...READY, sha256: life.sha256 };
  try {
    if (kind === 'edit') return { ...life, state: 'draft', editorId: by, sha256, approvedBy: null, approvedSha256: null };
    if (kind === 'submit') return { ...life, state: submitted(life, media) };
    if (kind === 'refuse') return { ...life, state: refused(life, by) };
    const approval = approved(life, media, by);
    return { ...life, state: approval.state, approvedBy: by, approvedSha256: approval.sha256 };
  } catch (error) {
    if (error instanceof CodedError) return life;
    throw error;
  }
}

test('whatever people do in whatever order, what may air was approved by somebody who did not write it, for exactly that sound', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PEOPLE), fc.array(step, { maxLength: 30 }), (author, steps) => {
      let life: Life = {
        state: 'draft',
        authorId: author,
        editorId: author,
        approvedBy: null,
        approvedSha256: null,
        sha256: 'a'.repeat(64),
      };
      for (const next of steps) {
        const before = life;
        life = live(life, next);
        if (life.state === 'waiting' && before.state !== 'waiting') expect(before.state).toBe('draft');
        if (!mayAir(life.state, life.approvedSha256, life.sha256)) continue;
        expect(life.approvedBy).not.toBeNull();
        expect([life.authorId, life.editorId]).not.toContain(life.approvedBy);
      }
    }),
  );
});

test('an approval of one sound lets no other sound air', () => {
  expect(mayAir('approved', 'a'.repeat(64), 'a'.repeat(64))).toBe(true);
  expect(mayAir('approved', 'a'.repeat(64), 'b'.repeat(64))).toBe(false);
  expect(mayAir('approved', 'a'.repeat(64), null)).toBe(false);
  expect(mayAir('waiting', 'a'.repeat(64), 'a'.repeat(64))).toBe(false);
});

test('it can be submitted while its sound is being made, but approved only when it can be heard', () => {
  const draft: BulletinFacts = { state: 'draft', authorId: 'lan', editorId: 'lan' };
  const processing: MediaFacts = { state: 'processing', sha256: null, reason: '' };
  expect(submitted(draft, processing)).toBe('waiting');
  expect(() => approved({ ...draft, state: 'waiting' }, processing, 'binh')).toThrow(expect.objectContaining({ code: 'media-not-ready' }));
});

test('search forgives missing diacritics, capitals and blanks', () => {
  expect(searchable('  Đề nghị  TIÊM CHỦNG\nở trạm ')).toBe('de nghi tiem chung o tram');
  expect(searchable('Hướng Đạo'.normalize('NFD'))).toBe('huong dao');
});
