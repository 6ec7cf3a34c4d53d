import { type Limits, type SqlLogic, type SqlStatement, type SqlUnit, StkError, type Table } from '@santokit/contract';
import {
  type CancelSignal,
  type Database,
  DatabaseError,
  type Engine,
  type Queryable,
  SchemaMismatch,
  type Transaction,
} from '@santokit/engine';
import type { SqlBindings, ValueSource } from './sql-bindings.ts';

/** Where logic runs: in transactions of its own, or within one that is open. */
export type LogicPlace =
  | { readonly database: Database; readonly transaction?: undefined }
  | { readonly transaction: Transaction };

export interface SqlLogicRun {
  readonly logic: SqlLogic;
  readonly bindings: SqlBindings;
  readonly source: ValueSource;
  readonly place: LogicPlace;
  readonly engine: Engine;
  /** The declared tables of the connection. */
  readonly tables: readonly Table[];
  readonly limits: Pick<Limits, 'rows' | 'answerBytes' | 'queryTimeoutMs'>;
  /** Whether its statements come again, and are worth keeping prepared. */
  readonly prepare: boolean;
  readonly signal?: CancelSignal | undefined;
  /** Writes what the file publishes, in the transaction of what is published. */
  readonly publish?: ((transaction: Transaction, answer: string) => Promise<void>) | undefined;
}

/**
 * Runs a file of SQL logic.
 * @returns JSON text: the rows of the last statement that returns any, else `{"affected":n}`
 * @throws StkError for everything that can go wrong; what was not committed before is undone then
 */
export async function runSqlLogic(run: SqlLogicRun): Promise<string> {
  return await new SqlRun(run).run();
}

/** Whether all of it can be part of a transaction that somebody else began. */
export function isJoinable({ units }: SqlLogic): boolean {
  return units.length === 1 && units[0]?.transaction !== 'none' && units[0]?.rollsBack !== true;
}

class SqlRun {
  readonly #run: SqlLogicRun;
  readonly #deadlineMs: number;
  #rows: string | undefined;
  #affected = 0;
  #hasCommitted = false;

  constructor(run: SqlLogicRun) {
    this.#run = run;
    const { logic, limits } = run;
    this.#deadlineMs = performance.now() + Math.min(logic.timeoutMs ?? limits.queryTimeoutMs, limits.queryTimeoutMs);
  }

  async run(): Promise<string> {
    const { logic, place } = this.#run;
    const { transaction } = place;
    if (transaction !== undefined && !isJoinable(logic))
      throw new StkError('BAD_REQUEST', 'This logic begins and ends transactions itself: it cannot be part of another');
    for (const [index, unit] of logic.units.entries()) {
      const isLast = index === logic.units.length - 1;
      if (transaction === undefined) await this.#unit(unit, isLast);
      else await this.#refusing(unit, () => this.#statements(unit, transaction, isLast));
      this.#hasCommitted ||= !unit.readOnly;
    }
    return this.#answer();
  }

  #answer(): string {
    return this.#rows ?? `{"affected":${this.#affected}}`;
  }

  async #unit(unit: SqlUnit, isLast: boolean): Promise<void> {
    const { database } = this.#run.place as { readonly database: Database };
    const publishes = isLast && this.#run.publish !== undefined;
    if (unit.harmless === true && !publishes) return await this.#refusing(unit, () => this.#alone(unit, database));
    if (unit.transaction !== 'none') return await this.#refusing(unit, () => this.#together(unit, isLast));
    for (const [index, statement] of unit.statements.entries()) {
      const each = { ...unit, transaction: 'read_committed', statements: [statement] } as const;
      const isLastOfAll = isLast && index === unit.statements.length - 1;
      const inTransaction = unit.readOnly || (isLastOfAll && publishes);
      await this.#refusing(each, () =>
        inTransaction ? this.#together(each, isLastOfAll) : this.#alone(each, database),
      );
      this.#hasCommitted ||= !unit.readOnly;
    }
  }

  async #alone({ statements }: SqlUnit, database: Database): Promise<void> {
    const { signal } = this.#run;
    for (const statement of statements) await this.#statement(statement, database, { signal });
  }

  async #together(unit: SqlUnit, isLast: boolean): Promise<void> {
    const { place, signal } = this.#run;
    const { database } = place as { readonly database: Database };
    const work = async (transaction: Transaction) => {
      await this.#statements(unit, transaction, isLast);
      if (unit.rollsBack === true) throw new RolledBack();
    };
    try {
      await database.transaction(work, {
        isolation: ISOLATIONS[unit.transaction],
        readOnly: unit.readOnly && !(isLast && this.#run.publish !== undefined),
        timeoutMs: this.#leftMs(),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      if (!(thrown instanceof RolledBack)) throw thrown;
    }
  }

  async #statements({ statements }: SqlUnit, transaction: Transaction, isLast: boolean): Promise<void> {
    for (const statement of statements) await this.#statement(statement, transaction, {});
    if (isLast) await this.#run.publish?.(transaction, this.#answer());
  }

  async #statement(
    statement: SqlStatement,
    on: Queryable,
    options: { signal?: CancelSignal | undefined },
  ): Promise<void> {
    const { bindings, source, engine, limits, prepare } = this.#run;
    const values = bindings.valuesOf(statement, source);
    const result = await on.query(statement.text, values, { ...options, prepare, timeoutMs: this.#leftMs() });
    const rows = engine.logic.rowsJson(result, { rows: limits.rows, bytes: limits.answerBytes });
    if (rows !== undefined) this.#rows = rows;
    else this.#affected += result.affected;
  }

  /** @throws StkError `QUERY_TIMEOUT` */
  #leftMs(): number {
    const leftMs = this.#deadlineMs - performance.now();
    if (leftMs > 0) return leftMs;
    throw new StkError('QUERY_TIMEOUT', 'The query took too long and was cancelled');
  }

  async #refusing(unit: SqlUnit, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof DatabaseError)) throw thrown;
      const { engine, tables } = this.#run;
      // Whoever sees that the schema has changed may do it all again, which must not be done where some of it is committed.
      const told =
        this.#hasCommitted && thrown instanceof SchemaMismatch
          ? new DatabaseError({ code: thrown.code, message: thrown.message })
          : thrown;
      throw engine.logic.refusal(told, { tables, readOnly: unit.readOnly });
    }
  }
}

const ISOLATIONS = {
  none: 'read committed',
  read_committed: 'read committed',
  repeatable_read: 'repeatable read',
  serializable: 'serializable',
} as const;

/** The file ends its transaction with ROLLBACK. */
class RolledBack extends Error {}
