const OF_PLAN = 'oc-';
const BY_HAND = 'now-';

/**
 * The broadcast's id of one occurrence of a schedule: from the schedule and the instant alone, so that compiling a plan
 * again names the same broadcast and its receipts stay its receipts.
 */
export function occurrenceId(scheduleId: string, startAtMs: number): string {
  return `${OF_PLAN}${scheduleId}-${Math.round(startAtMs).toString(36)}`;
}

/** The broadcast's id of something that a person put on air by hand; `unique` is a random part. */
export function playNowId(unique: string): string {
  return `${BY_HAND}${unique}`;
}

/** Whether a broadcast comes from the plan; everything else was put on air by a person's hand. */
export function isOfPlan(broadcastId: string): boolean {
  return broadcastId.startsWith(OF_PLAN);
}
