import {
  type Icon,
  IconBroadcast,
  IconCalendarEvent,
  IconChecklist,
  IconHistory,
  IconLayoutDashboard,
  IconMusic,
  IconUsers,
} from '@tabler/icons-react';
import type { Permission } from '../session/permissions.ts';

export interface Place {
  to: string;
  label: 'overview' | 'play' | 'library' | 'review' | 'schedule' | 'playLog' | 'people';
  icon: Icon;
  needs?: Permission;
}

const OVERVIEW: Place = { to: '/', label: 'overview', icon: IconLayoutDashboard };
const PLAY: Place = { to: '/phat-ngay', label: 'play', icon: IconBroadcast, needs: 'play' };
const LIBRARY: Place = { to: '/thu-vien', label: 'library', icon: IconMusic };
const REVIEW: Place = { to: '/kiem-duyet', label: 'review', icon: IconChecklist, needs: 'approve' };
const SCHEDULE: Place = { to: '/lich-phat', label: 'schedule', icon: IconCalendarEvent };
const PLAY_LOG: Place = { to: '/nhat-ky', label: 'playLog', icon: IconHistory };
const PEOPLE: Place = { to: '/nguoi-dung', label: 'people', icon: IconUsers, needs: 'administer' };

type May = (permission: Permission) => boolean;
const permitted = (places: readonly Place[], may: May) => places.filter((place) => place.needs === undefined || may(place.needs));

/** The side bar of a wide screen. */
export const sidePlaces = (may: May) => permitted([OVERVIEW, PLAY, LIBRARY, REVIEW, SCHEDULE, PLAY_LOG, PEOPLE], may);

/** The bottom bar of a phone: what the person's role does most, and the rest behind "more". */
export function bottomPlaces(may: May): { bar: Place[]; more: Place[] } {
  const order = may('play') ? [OVERVIEW, LIBRARY, PLAY, SCHEDULE] : [OVERVIEW, REVIEW, LIBRARY, SCHEDULE, PLAY_LOG];
  const bar = permitted(order, may).slice(0, 4);
  return { bar, more: sidePlaces(may).filter((place) => !bar.includes(place)) };
}
