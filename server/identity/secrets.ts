import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** 256 random bits, as text: cannot be guessed, so a plain hash of it is as good as it is unread. */
export function makeToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token or a key: whoever reads the database cannot sign in with it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * The anti-forgery token of a session, derived from its cookie: another site's page can send the cookie along but
 * cannot read it, so it cannot name this.
 */
export function csrfTokenOf(sessionToken: string): string {
  return createHash('sha256').update(`csrf\n${sessionToken}`).digest('base64url');
}

export function sameToken(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(a)), Buffer.from(hashToken(b)));
}

/** Without letters that are taken for one another on paper (l, 1, o, 0, i). */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password to be copied by hand: four groups of five, 99 bits. */
export function makePassword(): string {
  const group = () => Array.from({ length: 5 }, () => READABLE[randomInt(READABLE.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
