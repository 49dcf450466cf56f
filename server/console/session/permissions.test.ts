import { expect, test } from 'vitest';
import { bottomPlaces, sidePlaces } from '../app/navigation.ts';
import { may } from './permissions.ts';
import { safePath } from './safe-path.ts';

const placesOf = (role: Parameters<typeof may>[0]) => sidePlaces((permission) => may(role, permission)).map((place) => place.label);

test('a viewer is offered nothing that would be refused', () => {
  expect(placesOf('viewer')).toEqual(['overview', 'library', 'schedule', 'playLog']);
});

test('an approver finds the review queue under the thumb', () => {
  const { bar } = bottomPlaces((permission) => may('approver', permission));
  expect(bar.map((place) => place.label)).toContain('review');
});

test('every page that a role has is reachable on a phone', () => {
  for (const role of ['admin', 'editor', 'approver', 'broadcaster', 'village-head', 'technician', 'viewer'] as const) {
    const { bar, more } = bottomPlaces((permission) => may(role, permission));
    expect([...bar, ...more].map((place) => place.label).sort()).toEqual(placesOf(role).sort());
  }
});

test('the sign-in leads back into the console and to no other site', () => {
  expect(safePath('/lich-phat?xem=lich')).toBe('/lich-phat?xem=lich');
  for (const elsewhere of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', null, '']) {
    expect(safePath(elsewhere)).toBe('/');
  }
});
