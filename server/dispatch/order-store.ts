import type { AnswerStage, Order } from '@tieng-lang/shared/contract/order';
import type { Kysely, Selectable } from 'kysely';

interface OrderTable {
  id: string;
  cluster: string;
  kind: string;
  broadcast_id: string | null;
  body: string;
  made_at_ms: number;
  end_at_ms: number;
  withdrawn_at_ms: number | null;
  stage: string | null;
  stage_at_ms: number | null;
  reason: string | null;
}

export interface StoredOrder {
  id: string;
  cluster: string;
  body: Order;
  madeAtMs: number;
  endAtMs: number;
  withdrawnAtMs: number | null;
  stage: AnswerStage | null;
  stageAtMs: number | null;
  reason: string | null;
}

export class OrderStore {
  readonly #db: Kysely<{ orders: OrderTable }>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<{ orders: OrderTable }>();
  }

  async add(orders: readonly StoredOrder[]): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      for (const order of orders) {
        await transaction
          .insertInto('orders')
          .values({
            id: order.id,
            cluster: order.cluster,
            kind: order.body.kind,
            broadcast_id: order.body.kind === 'play' ? order.body.occurrence.broadcastId : null,
            body: JSON.stringify(order.body),
            made_at_ms: order.madeAtMs,
            end_at_ms: order.endAtMs,
            withdrawn_at_ms: null,
            stage: null,
            stage_at_ms: null,
            reason: null,
          })
          .execute();
      }
    });
  }

  /** Not ended and not withdrawn, oldest first. */
  async live(nowMs: number): Promise<StoredOrder[]> {
    const rows = await this.#db
      .selectFrom('orders')
      .selectAll()
      .where('end_at_ms', '>', nowMs)
      .where('withdrawn_at_ms', 'is', null)
      .orderBy('made_at_ms')
      .execute();
    return rows.map(read);
  }

  async setStage(order: Pick<StoredOrder, 'id' | 'stage' | 'stageAtMs' | 'reason'>): Promise<void> {
    await this.#db
      .updateTable('orders')
      .set({ stage: order.stage, stage_at_ms: order.stageAtMs, reason: order.reason })
      .where('id', '=', order.id)
      .execute();
  }

  async withdraw(ids: readonly string[], atMs: number): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      for (const id of ids) await transaction.updateTable('orders').set({ withdrawn_at_ms: atMs }).where('id', '=', id).execute();
    });
  }

  async removeEndedBefore(atMs: number): Promise<void> {
    await this.#db.deleteFrom('orders').where('end_at_ms', '<', atMs).execute();
  }
}

function read(row: Selectable<OrderTable>): StoredOrder {
  return {
    id: row.id,
    cluster: row.cluster,
    body: JSON.parse(row.body) as Order,
    madeAtMs: row.made_at_ms,
    endAtMs: row.end_at_ms,
    withdrawnAtMs: row.withdrawn_at_ms,
    stage: row.stage as AnswerStage | null,
    stageAtMs: row.stage_at_ms,
    reason: row.reason,
  };
}
