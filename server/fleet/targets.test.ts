import { describe, expect, test } from 'vitest';
import { resolveTargets } from './targets.ts';

const station = {
  villages: [{ id: 'thon-1' }, { id: 'thon-2' }, { id: 'thon-3' }],
  clusters: [
    { code: 'HD-03', villageId: 'thon-2' },
    { code: 'HD-01', villageId: null },
    { code: 'HD-02', villageId: 'thon-1' },
    { code: 'HD-04', villageId: 'thon-2' },
  ],
};

describe('targets', () => {
  test('reach every cluster of what was chosen, each once', () => {
    expect(resolveTargets({ all: true }, station)).toEqual(['HD-01', 'HD-02', 'HD-03', 'HD-04']);
    expect(resolveTargets({ villages: ['thon-2'], clusters: ['HD-03', 'HD-01'] }, station)).toEqual(['HD-01', 'HD-03', 'HD-04']);
  });

  test('that name what is not there are refused whole, so that no village is left out unseen', () => {
    for (const targets of [
      { clusters: ['HD-01', 'HD-99'] },
      { villages: ['thon-9'] },
      { groups: ['schools'] },
      { clusters: ['toString'] },
    ]) {
      expect(() => resolveTargets(targets, station)).toThrow(expect.objectContaining({ code: 'unknown-target' }));
    }
  });

  test('that reach nobody are refused', () => {
    for (const targets of [{}, { clusters: [] }, { villages: ['thon-3'] }]) {
      expect(() => resolveTargets(targets, station)).toThrow(expect.objectContaining({ code: 'no-targets' }));
    }
    expect(() => resolveTargets({ all: true }, { clusters: [], villages: [] })).toThrow(expect.objectContaining({ code: 'no-targets' }));
  });
});
