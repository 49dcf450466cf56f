import type { PlayLogLine } from '@tieng-lang/shared/contract/http/receipts';
import type { Occurrence } from '@tieng-lang/shared/contract/http/schedule';
import { describe, expect, test } from 'vitest';
import { broadcastResults, dayBroadcasts } from './broadcast-results.ts';

const START = '2026-11-23T05:30:00+07:00';

function line(change: Partial<PlayLogLine>): PlayLogLine {
  return {
    cluster: 'HD-01',
    broadcastId: 'b1',
    itemIndex: 0,
    title: 'Nhạc hiệu',
    level: 'normal',
    plannedAt: START,
    plannedMs: 6_000,
    heardMs: 6_000,
    outcome: 'completed',
    sha256: 'a'.repeat(64),
    ...change,
  };
}

function due(change: Partial<Occurrence>): Occurrence {
  return {
    broadcastId: 'b1',
    scheduleId: 's1',
    title: 'Buổi phát sáng',
    level: 'normal',
    startAt: START,
    endAt: '2026-11-23T05:31:00+07:00',
    clusters: ['HD-01', 'HD-02'],
    items: [],
    reason: null,
    ...change,
  };
}

describe('the play log says how many clusters played the whole', () => {
  test('a cluster that failed one item of two is not among those that succeeded', () => {
    const [result] = broadcastResults([
      line({}),
      line({ itemIndex: 1, title: 'Bản tin', plannedMs: 20_000 }),
      line({ cluster: 'HD-02' }),
      line({ cluster: 'HD-02', itemIndex: 1, title: 'Bản tin', plannedMs: 20_000, outcome: 'missed', reason: 'media-missing', heardMs: 0 }),
    ]);
    expect(result).toMatchObject({ completed: 1, plannedMs: 26_000, title: 'Bản tin (+1)', reason: 'media-missing' });
    expect(result?.clusters.map(({ cluster, outcome }) => [cluster, outcome])).toEqual([
      ['HD-01', 'completed'],
      ['HD-02', 'missed'],
    ]);
  });

  test('clusters stand in the order of their numbers, broadcasts newest first', () => {
    const results = broadcastResults([
      line({ cluster: 'HD-10' }),
      line({ cluster: 'HD-9' }),
      line({ broadcastId: 'b2', plannedAt: '2026-11-23T17:00:00+07:00' }),
    ]);
    expect(results.map((result) => result.broadcastId)).toEqual(['b2', 'b1']);
    expect(results[1]?.clusters.map((result) => result.cluster)).toEqual(['HD-9', 'HD-10']);
  });

  test('a programme has its own name', () => {
    expect(broadcastResults([line({ broadcastTitle: 'Buổi phát sáng' })])[0]?.title).toBe('Buổi phát sáng');
  });
});

describe('the day in the overview', () => {
  const startMs = Date.parse(START);
  const day = (options: { lines?: PlayLogLine[]; live?: [string, string][]; nowMs: number }) =>
    dayBroadcasts({ occurrences: [due({})], lines: options.lines ?? [], live: new Map(options.live), nowMs: options.nowMs });

  test.each([
    [startMs - 1, 'ahead'],
    [startMs, 'now'],
    [startMs + 59_999, 'now'],
    [startMs + 60_000, 'over'],
  ])('at %d the session is %s', (nowMs, phase) => {
    expect(day({ nowMs })[0]?.phase).toBe(phase);
  });

  test('a session that was stopped on every cluster is over before its time', () => {
    const lines = ['HD-01', 'HD-02'].map((cluster) => line({ cluster, outcome: 'interrupted', reason: 'stopped' }));
    expect(day({ lines, nowMs: startMs + 10_000 })[0]).toMatchObject({
      phase: 'over',
      result: { completed: 0, reason: 'stopped' },
    });
  });

  test('a programme whose first item is reported is not over while the next one sounds', () => {
    const lines = ['HD-01', 'HD-02'].flatMap((cluster) => [
      line({ cluster }),
      line({ cluster, broadcastId: 'now-1', broadcastTitle: 'Buổi phát trưa' }),
    ]);
    const live: [string, string][] = [
      ['b1', 'Buổi phát sáng'],
      ['now-1', 'Buổi phát trưa'],
    ];
    const shown = day({ lines, live, nowMs: startMs + 10_000 });
    expect(shown.map(({ title, phase }) => [title, phase])).toEqual([
      ['Buổi phát sáng', 'now'],
      ['Buổi phát trưa', 'now'],
    ]);
  });

  test('what was played on the spot stands among what was scheduled, by time', () => {
    const lines = [line({ broadcastId: 'now-1', plannedAt: '2026-11-23T05:00:00+07:00' })];
    expect(day({ lines, nowMs: startMs }).map((item) => item.broadcastId)).toEqual(['now-1', 'b1']);
  });
});
