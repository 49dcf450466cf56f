import type { Level } from '@tieng-lang/shared/contract/basics';
import type { Outcome, OutcomeReason } from '@tieng-lang/shared/contract/journal';

/** The tables of the records, as the database has them. */
export type RecordsTables = {
  play_log: {
    cluster: string;
    broadcast_id: string;
    item_index: number;
    kind: 'expected' | 'absent' | 'receipt';
    expected_by: 'plan' | 'order' | null;
    bulletin_id: string | null;
    broadcast_title: string | null;
    title: string;
    level: Level;
    sha256: string;
    planned_at_ms: number;
    planned_ms: number;
    ends_at_ms: number;
    started_at_ms: number | null;
    heard_ms: number;
    outcome: Outcome | null;
    reason: OutcomeReason | null;
    skew_ms: number | null;
    rms_dbfs: number | null;
    clock: string | null;
    stored_at_ms: number;
  };
  journals: { cluster: string; epoch: string; seq: number; heard_at_ms: number };
  alarms: { id?: number; cluster: string; at_ms: number; code: string; evidence: string; stored_at_ms: number };
  journal_refused: {
    id?: number;
    cluster: string;
    epoch: string | null;
    seq: number | null;
    raw: string;
    reason: string;
    stored_at_ms: number;
  };
};
