import { type Answer, type AnswerStage, answerStage, type Order, order, playOrder } from '@tieng-lang/shared/contract/order';
import type { PlanMedia, PlanOccurrence } from '@tieng-lang/shared/contract/plan';
import { CodedError, type ErrorCode } from '@tieng-lang/shared/errors';
import { type Claims, type KeyRing, verifyMessage } from '@tieng-lang/shared/signing/jws';
import type { Logger } from 'pino';
import * as z from 'zod';
import { type AgentDatabase, readFact, writeFact } from '../database.ts';
import { parseJson } from '../json.ts';

/** An order lives minutes; this is a thousand of them at once, each signed by our own server. */
const USED_MAX = 2_000;

/** A play order's occurrence is kept a day past its end, so that the player can report what a power cut swallowed. */
const KEPT_MS = 86_400_000;

/** An order that names itself, whatever else is wrong with it: enough to answer "refused". */
const named = z.object({ orderId: order.options[0].shape.orderId });

const rank = (stage: AnswerStage): number => answerStage.options.indexOf(stage);

export interface OrderBookOptions {
  db: AgentDatabase;
  deviceId: string;
  ring: KeyRing;
  log: Logger;
  /** Server time; undefined while it is unknown. */
  nowMs: () => number | undefined;
  /** The best stamp there is, for the answers. */
  stampMs: () => number;
  /** An answer is to be sent; `markAnswered` is called when the broker has it. */
  onAnswer: (answer: Answer) => void;
}

interface OrderRow {
  orderId: string;
  stage: AnswerStage;
  reason: string | null;
  stageAtMs: number;
}

/** A play order that has not ended here. */
export interface LivePlay {
  orderId: string;
  occurrence: PlanOccurrence;
  media: PlanMedia[];
}

/**
 * Orders: each is done at most once, however often it comes, and answered each time. What it led to is on disk, so a
 * restart rejoins what an order started.
 */
export class OrderBook {
  readonly #options: OrderBookOptions;

  constructor(options: OrderBookOptions) {
    this.#options = options;
  }

  /**
   * Takes a signed order. Returns it when it is new and now to be done; undefined when it is known already.
   * @throws CodedError as `verifyMessage`, and `message-replayed`, `time-unknown`, `message-kind-unknown`, `invalid-input`
   */
  async accept(jws: string): Promise<Order | undefined> {
    const { deviceId, ring } = this.#options;
    // The expiry is judged below: an order that is properly ours is answered, also when it comes too late.
    const message = await verifyMessage(jws, ring, { kind: 'order', deviceId, nowMs: undefined });
    const name = named.safeParse(message.body).data?.orderId;
    try {
      return this.#accept(message, name);
    } catch (error) {
      const code: ErrorCode = error instanceof CodedError ? error.code : 'internal';
      if (name !== undefined) this.#options.onAnswer({ orderId: name, stage: 'refused', atMs: this.#options.stampMs(), reason: code });
      throw error;
    }
  }

  #accept(message: Claims, name: string | undefined): Order | undefined {
    const { db, stampMs } = this.#options;
    const nowMs = this.#options.nowMs();
    if (nowMs === undefined) throw new CodedError('time-unknown');
    const used = db.prepare<[string], { orderId: string }>('SELECT order_id AS orderId FROM used_orders WHERE jti = ?').get(message.jti);
    if (used) {
      // Asked again: the answer may have been lost on the way.
      this.#repeatAnswer(used.orderId);
      return undefined;
    }
    if (message.exp * 1000 <= nowMs) throw new CodedError('message-expired');
    if (message.ver <= Number(readFact(db, this.#floorName) ?? 0)) throw new CodedError('message-replayed');
    const parsed = order.safeParse(message.body);
    if (!parsed.success) throw new CodedError(name !== undefined && knownKind(message.body) ? 'invalid-input' : 'message-kind-unknown');
    if (this.#row(parsed.data.orderId)) {
      this.#repeatAnswer(parsed.data.orderId);
      return undefined;
    }
    db.transaction(() => {
      this.#makeRoom(nowMs);
      db.prepare('INSERT INTO used_orders (jti, order_id, version, exp_at_ms) VALUES (?, ?, ?, ?)').run(
        message.jti,
        parsed.data.orderId,
        message.ver,
        message.exp * 1000,
      );
      this.#insert(parsed.data, message.exp * 1000, stampMs());
    }).immediate();
    this.#answer(parsed.data.orderId);
    return parsed.data;
  }

  /** Orders whose sound is still to come, or was until a day ago. */
  plays(): LivePlay[] {
    return this.#options.db
      .prepare<[], { body: string }>("SELECT body FROM orders WHERE kind = 'play' ORDER BY end_at_ms")
      .all()
      .flatMap((row) => {
        const parsed = playOrder.safeParse(parseJson(row.body)).data;
        return parsed ? [{ orderId: parsed.orderId, occurrence: parsed.occurrence, media: parsed.media }] : [];
      });
  }

  /** An order has come this far. Stages only go forward; a stage that was passed already is not answered again. */
  reach(orderId: string, stage: AnswerStage, reason?: string): void {
    const held = this.#row(orderId);
    if (!held || held.stage === 'refused' || rank(stage) <= rank(held.stage)) return;
    this.#options.db
      .prepare('UPDATE orders SET stage = ?, reason = ?, stage_at_ms = ? WHERE order_id = ?')
      .run(stage, reason ?? null, this.#options.stampMs(), orderId);
    this.#answer(orderId);
  }

  /** What the player says of a broadcast, for the order that asked for it. */
  reachBroadcast(broadcastId: string, stage: AnswerStage): void {
    const row = this.#options.db
      .prepare<[string], { orderId: string }>('SELECT order_id AS orderId FROM orders WHERE broadcast_id = ?')
      .get(broadcastId);
    if (row) this.reach(row.orderId, stage);
  }

  markAnswered(answer: Answer): void {
    this.#options.db.prepare('UPDATE orders SET answered_stage = ? WHERE order_id = ?').run(answer.stage, answer.orderId);
  }

  /** The connection is up again: says the stages that were reached while it was not. */
  answerUnanswered(): void {
    const rows = this.#options.db
      .prepare<[], { orderId: string }>('SELECT order_id AS orderId FROM orders WHERE answered_stage IS NOT stage')
      .all();
    for (const row of rows) this.#answer(row.orderId);
  }

  /** Forgets orders that ended more than a day ago. Returns whether one went. */
  prune(nowMs: number): boolean {
    return this.#options.db.prepare('DELETE FROM orders WHERE end_at_ms < ?').run(nowMs - KEPT_MS).changes > 0;
  }

  /** The floor belongs to the device: one that is enrolled anew is counted from 1 again. */
  get #floorName(): string {
    return `order-floor ${this.#options.deviceId}`;
  }

  #insert(accepted: Order, expAtMs: number, atMs: number): void {
    const isPlay = accepted.kind === 'play';
    this.#options.db
      .prepare(
        "INSERT INTO orders (order_id, kind, broadcast_id, end_at_ms, body, stage, stage_at_ms) VALUES (?, ?, ?, ?, ?, 'received', ?)",
      )
      .run(
        accepted.orderId,
        accepted.kind,
        isPlay ? accepted.occurrence.broadcastId : null,
        isPlay ? accepted.occurrence.endAtMs : expAtMs,
        JSON.stringify(accepted),
        atMs,
      );
  }

  /** The drop rule: what has expired goes; if that is not enough, the oldest go, and nothing that old is taken again. */
  #makeRoom(nowMs: number): void {
    const { db } = this.#options;
    db.prepare('DELETE FROM used_orders WHERE exp_at_ms < ?').run(nowMs);
    const oldest = db
      .prepare<[number], { jti: string; version: number }>('SELECT jti, version FROM used_orders ORDER BY version DESC LIMIT -1 OFFSET ?')
      .all(USED_MAX - 1);
    for (const { jti } of oldest) db.prepare('DELETE FROM used_orders WHERE jti = ?').run(jti);
    if (oldest[0]) writeFact(db, this.#floorName, String(oldest[0].version));
  }

  #row(orderId: string): OrderRow | undefined {
    return this.#options.db
      .prepare<[string], OrderRow>('SELECT order_id AS orderId, stage, reason, stage_at_ms AS stageAtMs FROM orders WHERE order_id = ?')
      .get(orderId);
  }

  #repeatAnswer(orderId: string): void {
    if (this.#row(orderId)) this.#answer(orderId);
  }

  #answer(orderId: string): void {
    const row = this.#row(orderId);
    if (!row) return;
    this.#options.onAnswer({
      orderId,
      stage: row.stage,
      atMs: row.stageAtMs,
      ...(row.reason === null ? {} : { reason: row.reason }),
    });
  }
}

function knownKind(body: unknown): boolean {
  const kind = z.object({ kind: z.string() }).safeParse(body).data?.kind;
  return order.options.some((option) => option.shape.kind.value === kind);
}
