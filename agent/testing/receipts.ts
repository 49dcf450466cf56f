import type { Receipt } from '@tieng-lang/shared/contract/journal';

/** A receipt of a bulletin that played well. */
export function receiptOf(broadcastId: string, itemIndex = 0): Receipt {
  return {
    broadcastId,
    itemIndex,
    bulletinId: 'n1',
    title: 'Thông báo lịch cắt điện',
    level: 'normal',
    sha256: 'ab'.repeat(32),
    plannedAtMs: 1_795_000_000_000,
    plannedMs: 60_000,
    startedAtMs: 1_795_000_000_000.4,
    heardMs: 60_000,
    outcome: 'completed',
    reason: null,
    skewMs: 0.1,
    rmsDbfs: -20,
    clock: 'synced',
  };
}
