import type { Measurements } from '@tieng-lang/shared/contract/health';
import { type Kysely, sql } from 'kysely';

type TelemetryTables = {
  telemetry: { cluster: string; field: string; at_ms: number; value: number };
};

/** A row binds four values, and SQLite takes 32,766 in one statement. */
const ROWS_AT_ONCE = 5000;

export interface Sample {
  cluster: string;
  atMs: number;
  measurements: Measurements;
}

export interface Step {
  field: string;
  atMs: number;
  mean: number;
  min: number;
  max: number;
}

/** Measurements as they came, one row each; switches as 0 and 1. */
export class TelemetryStore {
  readonly #db: Kysely<TelemetryTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<TelemetryTables>();
  }

  async add(samples: readonly Sample[]): Promise<void> {
    const rows = samples.flatMap(({ cluster, atMs, measurements }) =>
      Object.entries(measurements).map(([field, value]) => ({ cluster, field, at_ms: atMs, value: Number(value) })),
    );
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      await this.#db
        .insertInto('telemetry')
        .values(rows.slice(from, from + ROWS_AT_ONCE))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  /** Mean, least and greatest of each step of `stepMs` from `fromMs` on that has a measurement. */
  async series(query: {
    cluster: string;
    fields: readonly string[] | undefined;
    fromMs: number;
    toMs: number;
    stepMs: number;
  }): Promise<Step[]> {
    const { cluster, fields, fromMs, toMs, stepMs } = query;
    const step = sql<number>`cast((at_ms - ${fromMs}) / ${stepMs} as integer)`;
    const rows = await this.#db
      .selectFrom('telemetry')
      .select(({ fn }) => [
        'field',
        step.as('step'),
        fn.avg<number>('value').as('mean'),
        fn.min<number>('value').as('min'),
        fn.max<number>('value').as('max'),
      ])
      .where('cluster', '=', cluster)
      .where('at_ms', '>=', fromMs)
      .where('at_ms', '<', toMs)
      .$if(fields !== undefined, (select) => select.where('field', 'in', fields ?? []))
      .groupBy(['field', step])
      .orderBy('field')
      .orderBy('step')
      .execute();
    return rows.map(({ field, step: number, mean, min, max }) => ({ field, atMs: fromMs + number * stepMs, mean, min, max }));
  }

  /** How many rows went. */
  async forget(beforeMs: number): Promise<number> {
    const { numDeletedRows } = await this.#db.deleteFrom('telemetry').where('at_ms', '<', beforeMs).executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }
}
