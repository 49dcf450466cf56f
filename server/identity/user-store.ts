import type { Role } from '@tieng-lang/shared/contract/http/identity';
import type { Kysely, Selectable } from 'kysely';

type UserTables = {
  users: {
    id: string;
    username: string;
    username_key: string;
    password_hash: string;
    role: Role;
    /** JSON list of villages; null: the whole commune. */
    areas: string | null;
    disabled: number;
    created_at_ms: number;
  };
};

export interface UserOnFile {
  id: string;
  username: string;
  passwordHash: string;
  role: Role;
  areas: string[] | null;
  disabled: boolean;
  createdAtMs: number;
}

export type UserChange = Partial<Pick<UserOnFile, 'passwordHash' | 'role' | 'areas' | 'disabled'>>;

/** One name, however it is typed: case and the two ways to compose a Vietnamese letter make no second person. */
export function usernameKey(username: string): string {
  return username.normalize('NFC').toLocaleLowerCase('vi');
}

export class UserStore {
  readonly #db: Kysely<UserTables>;

  constructor(options: { db: Kysely<unknown> }) {
    this.#db = options.db.withTables<UserTables>();
  }

  /** False: the name is taken. */
  async add(user: UserOnFile): Promise<boolean> {
    const added = await this.#db
      .insertInto('users')
      .values({
        id: user.id,
        username: user.username,
        username_key: usernameKey(user.username),
        password_hash: user.passwordHash,
        role: user.role,
        areas: user.areas && JSON.stringify(user.areas),
        disabled: user.disabled ? 1 : 0,
        created_at_ms: user.createdAtMs,
      })
      .onConflict((conflict) => conflict.column('username_key').doNothing())
      .executeTakeFirst();
    return (added.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async byId(id: string): Promise<UserOnFile | undefined> {
    return read(await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst());
  }

  async byName(username: string): Promise<UserOnFile | undefined> {
    return read(await this.#db.selectFrom('users').selectAll().where('username_key', '=', usernameKey(username)).executeTakeFirst());
  }

  /** By name, from after `after` (a name key) on. */
  async list(limit: number, after: string | undefined): Promise<UserOnFile[]> {
    let query = this.#db.selectFrom('users').selectAll().orderBy('username_key').limit(limit);
    if (after !== undefined) query = query.where('username_key', '>', after);
    return (await query.execute()).map(parse);
  }

  /**
   * False: it would have left no administrator who can sign in. Checked in the same transaction, so that two
   * administrators cannot dismiss each other at once.
   */
  async change(id: string, change: UserChange): Promise<boolean> {
    return await this.#db
      .transaction()
      .execute(async (transaction) => {
        await transaction
          .updateTable('users')
          .set({
            ...(change.passwordHash !== undefined ? { password_hash: change.passwordHash } : {}),
            ...(change.role !== undefined ? { role: change.role } : {}),
            ...(change.areas !== undefined ? { areas: change.areas && JSON.stringify(change.areas) } : {}),
            ...(change.disabled !== undefined ? { disabled: change.disabled ? 1 : 0 } : {}),
            id,
          })
          .where('id', '=', id)
          .execute();
        const left = await transaction
          .selectFrom('users')
          .select('id')
          .where('role', '=', 'admin')
          .where('disabled', '=', 0)
          .limit(1)
          .execute();
        if (left.length === 0) throw new NoAdministratorLeft();
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof NoAdministratorLeft) return false;
        throw error;
      });
  }

  async hasAdministrator(): Promise<boolean> {
    const found = await this.#db.selectFrom('users').select('id').where('role', '=', 'admin').limit(1).executeTakeFirst();
    return found !== undefined;
  }
}

/** Rolls the transaction back. */
class NoAdministratorLeft extends Error {}

function read(row: Selectable<UserTables['users']> | undefined): UserOnFile | undefined {
  return row && parse(row);
}

function parse(row: Selectable<UserTables['users']>): UserOnFile {
  return {
    id: row.id,
    username: row.username,
    passwordHash: row.password_hash,
    role: row.role,
    areas: row.areas === null ? null : (JSON.parse(row.areas) as string[]),
    disabled: row.disabled !== 0,
    createdAtMs: row.created_at_ms,
  };
}
