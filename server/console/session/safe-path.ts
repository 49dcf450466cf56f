/** Only a path of this console: an address of another site must not be reached through the sign-in. */
export function safePath(wanted: string | null): string {
  return wanted && /^\/(?![/\\])/.test(wanted) ? wanted : '/';
}
