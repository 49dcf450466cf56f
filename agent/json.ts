/** What a stranger sent, as JSON; undefined for what is none. The caller parses it with a schema. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
