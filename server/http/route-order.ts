import type { Route } from './route.ts';

/**
 * In the order in which they are tried: `/schedules/check` before `/schedules/:id`, whoever names them first.
 * @throws Error when two routes have one method and address: one of them would never be reached
 */
export function bySpecificity(routes: readonly Route[]): Route[] {
  const seen = new Set<string>();
  for (const { method, path } of routes) {
    const key = `${method} ${path.replace(/:\w+/g, ':')}`;
    if (seen.has(key)) throw new Error(`two routes for ${method} ${path}`);
    seen.add(key);
  }
  return [...routes].sort((a, b) => compare(a.path.split('/'), b.path.split('/')));
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = openness(a[index]) - openness(b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function openness(segment = ''): number {
  if (segment.startsWith('*')) return 2;
  return segment.includes(':') ? 1 : 0;
}

/** Every address, and what it takes: the `Allow` of a 405. */
export function methodsOf(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const taken = methods.get(path) ?? [];
    taken.push(method.toUpperCase());
    methods.set(path, taken);
  }
  return methods;
}
