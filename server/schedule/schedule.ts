import type { Schedule, scheduleFieldsRequest, schedulePatch } from '@tieng-lang/shared/contract/http/schedule';
import { DEFAULT_TIME_ZONE } from '@tieng-lang/shared/contract/http/schedule';
import { toIso } from '@tieng-lang/shared/time/clock';
import type * as z from 'zod';
import type { Composition } from '../services.ts';
import type { Playable } from './composer.ts';
import type { StoredSchedule } from './schedule-store.ts';

export type ScheduleFields = z.output<typeof scheduleFieldsRequest>;
export type SchedulePatch = z.output<typeof schedulePatch>;

export function playableOf(schedule: Pick<StoredSchedule, 'programmeId' | 'bulletinId'>): Playable {
  if (schedule.programmeId !== null) return { programmeId: schedule.programmeId };
  return { bulletinId: schedule.bulletinId ?? '' };
}

/** What was asked for, as it is stored: what was left open is null, the zone is the station's. */
export function fromRequest(
  fields: ScheduleFields,
  made: Pick<StoredSchedule, 'id' | 'decision' | 'createdAtMs' | 'createdBy' | 'createdByName'>,
): StoredSchedule {
  return {
    ...made,
    programmeId: fields.programmeId ?? null,
    bulletinId: fields.bulletinId ?? null,
    targets: fields.targets,
    start: fields.start,
    timeZone: fields.timeZone ?? DEFAULT_TIME_ZONE,
    rrule: fields.rrule ?? null,
    exceptDates: [...new Set(fields.exceptDates ?? [])].sort(),
    validUntil: fields.validUntil ?? null,
    level: fields.level ?? null,
    volume: fields.volume ?? null,
  };
}

/** An absent field stays, a null one is taken away; naming a bulletin takes the programme's place, and the reverse. */
export function changed(schedule: StoredSchedule, patch: SchedulePatch): StoredSchedule {
  const { programmeId, bulletinId, exceptDates, decision, ...rest } = patch;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<StoredSchedule>;
  const replaced = programmeId !== undefined || bulletinId !== undefined;
  return {
    ...schedule,
    ...given,
    ...(replaced ? { programmeId: programmeId ?? null, bulletinId: bulletinId ?? null } : {}),
    ...(exceptDates === undefined ? {} : { exceptDates: [...new Set(exceptDates)].sort() }),
    decision: decision ?? null,
  };
}

export function toAnswer(schedule: StoredSchedule, composition: Composition | undefined): Schedule {
  const { level, createdAtMs, createdBy: _actorId, createdByName, ...same } = schedule;
  return {
    ...same,
    title: composition?.title ?? '',
    level: level ?? composition?.level ?? 'normal',
    createdAt: toIso(createdAtMs),
    createdBy: createdByName,
  };
}
