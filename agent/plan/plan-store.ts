import { type Override, override, type StopOverride } from '@tieng-lang/shared/contract/override';
import { type Plan, type PlanOccurrence, plan, planOccurrence } from '@tieng-lang/shared/contract/plan';
import { CodedError } from '@tieng-lang/shared/errors';
import { type Claims, type KeyRing, verifyMessage } from '@tieng-lang/shared/signing/jws';
import type { Logger } from 'pino';
import type * as z from 'zod';
import type { AgentDatabase } from '../database.ts';
import { parseJson } from '../json.ts';
import type { Identity } from '../uplink/identity.ts';

/** What ended yesterday is still looked at after a power cut, so that its absence is reported with its reason. */
const PAST_KEPT_MS = 86_400_000;

/** A day of a busy cluster has some fifty occurrences; the bound only guards against a plan full of seconds. */
const PAST_MAX = 2_000;

export interface PlanStoreOptions {
  db: AgentDatabase;
  identity: Pick<Identity, 'deviceId' | 'station' | 'cluster'>;
  ring: KeyRing;
  log: Logger;
  /** The earliest that it can be: server time, or its floor while the time is unknown. */
  notBeforeMs: () => number;
}

export type Accepted = 'applied' | 'already-held';

/**
 * What the cluster has to sound, as the server signed it: verified, parsed, and stored in one transaction before it is
 * in force. The signed original is kept and verified again at the next start, so that a file that was tampered with
 * speaks no more than a stranger on the network.
 */
export class PlanStore {
  readonly #options: PlanStoreOptions;
  #plan: { version: number; body: Plan } | undefined;
  #override: { version: number; body: Override } | undefined;

  constructor(options: PlanStoreOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#plan = await this.#load('plan', plan);
    this.#override = await this.#load('override', override);
  }

  get planVersion(): number {
    return this.#plan?.version ?? 0;
  }

  get overrideVersion(): number {
    return this.#override?.version ?? 0;
  }

  get plan(): Plan | undefined {
    return this.#plan?.body;
  }

  get stops(): readonly StopOverride[] {
    return this.#override?.body.items ?? [];
  }

  /** The plan's occurrences and those of earlier plans that ended less than a day ago. */
  occurrences(): PlanOccurrence[] {
    const planned = this.#plan?.body.occurrences ?? [];
    const named = new Set(planned.map((occurrence) => occurrence.broadcastId));
    return [...this.#past().filter((occurrence) => !named.has(occurrence.broadcastId)), ...planned];
  }

  /** @throws CodedError as `verifyMessage`, and `message-replayed`, `invalid-input` */
  async acceptPlan(jws: string): Promise<Accepted> {
    const message = await this.#verified('plan', jws, this.planVersion);
    if (message === 'already-held') return message;
    const body = this.#parsed(plan, message);
    this.#options.db
      .transaction(() => {
        this.#keepPast(body.fromMs);
        this.#store('plan', message.ver, jws, body);
      })
      .immediate();
    this.#plan = { version: message.ver, body };
    return 'applied';
  }

  /** @throws CodedError as `acceptPlan` */
  async acceptOverride(jws: string): Promise<Accepted> {
    const message = await this.#verified('override', jws, this.overrideVersion);
    if (message === 'already-held') return message;
    const body = this.#parsed(override, message);
    this.#options.db.transaction(() => this.#store('override', message.ver, jws, body)).immediate();
    this.#override = { version: message.ver, body };
    return 'applied';
  }

  async #verified(kind: 'plan' | 'override', jws: string, heldVersion: number): Promise<Claims | 'already-held'> {
    const { identity, ring, notBeforeMs } = this.#options;
    const message = await verifyMessage(jws, ring, { kind, deviceId: identity.deviceId, nowMs: notBeforeMs() });
    // The retained message comes again with every connection.
    if (message.ver === heldVersion) return 'already-held';
    if (message.ver < heldVersion) throw new CodedError('message-replayed');
    return message;
  }

  #parsed<Body extends { station: string; cluster: string }>(schema: z.ZodType<Body>, message: Claims): Body {
    const { identity } = this.#options;
    const parsed = schema.safeParse(message.body);
    if (!parsed.success) throw new CodedError('invalid-input', { cause: parsed.error });
    if (parsed.data.station !== identity.station || parsed.data.cluster !== identity.cluster) throw new CodedError('message-not-addressed');
    return parsed.data;
  }

  #store(kind: 'plan' | 'override', version: number, jws: string, body: unknown): void {
    this.#options.db
      .prepare(
        `INSERT INTO documents (kind, device_id, version, jws, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind) DO UPDATE SET device_id = excluded.device_id, version = excluded.version, jws = excluded.jws, body = excluded.body`,
      )
      .run(kind, this.#options.identity.deviceId, version, jws, JSON.stringify(body));
  }

  async #load<Body extends { station: string; cluster: string }>(
    kind: 'plan' | 'override',
    schema: z.ZodType<Body>,
  ): Promise<{ version: number; body: Body } | undefined> {
    const { db, identity, ring, log } = this.#options;
    const row = db
      .prepare<[string, string], { jws: string }>('SELECT jws FROM documents WHERE kind = ? AND device_id = ?')
      .get(kind, identity.deviceId);
    if (!row) return undefined;
    try {
      // Its expiry is not asked: a cluster that was switched on after a week in the dark plays nothing of it anyway, as
      // every occurrence has its own end.
      const message = await verifyMessage(row.jws, ring, { kind, deviceId: identity.deviceId, nowMs: undefined });
      return { version: message.ver, body: this.#parsed(schema, message) };
    } catch (error) {
      log.error({ event: 'stored-document-refused', kind, err: error });
      return undefined;
    }
  }

  /** A plan says everything that ends after `fromMs`; of what it no longer names, only what is over is remembered. */
  #keepPast(fromMs: number): void {
    const { db } = this.#options;
    const keep = db.prepare(
      'INSERT INTO past_occurrences (broadcast_id, end_at_ms, body) VALUES (?, ?, ?) ON CONFLICT (broadcast_id) DO UPDATE SET end_at_ms = excluded.end_at_ms, body = excluded.body',
    );
    for (const occurrence of this.#plan?.body.occurrences ?? []) {
      if (occurrence.endAtMs <= fromMs) keep.run(occurrence.broadcastId, occurrence.endAtMs, JSON.stringify(occurrence));
    }
    db.prepare('DELETE FROM past_occurrences WHERE end_at_ms < ?').run(fromMs - PAST_KEPT_MS);
    db.prepare(
      'DELETE FROM past_occurrences WHERE broadcast_id NOT IN (SELECT broadcast_id FROM past_occurrences ORDER BY end_at_ms DESC LIMIT ?)',
    ).run(PAST_MAX);
  }

  #past(): PlanOccurrence[] {
    return this.#options.db
      .prepare<[], { body: string }>('SELECT body FROM past_occurrences ORDER BY end_at_ms')
      .all()
      .flatMap((row) => planOccurrence.safeParse(parseJson(row.body)).data ?? []);
  }
}
