import { type Limits, type SqlStatement, type SqlUnit, StkError } from '@santokit/contract';
import {
  type CancelSignal,
  type Database,
  DatabaseError,
  type Queryable,
  SchemaMismatch,
  type Transaction,
} from '@santokit/engine';
import { type CallableSql, isolationNeeded } from '../callable-logic.ts';
import type { ValueSource } from './sql-bindings.ts';
import { StopSignal } from './stop-signal.ts';

/** Where logic runs: in transactions of its own, or within one that is open. */
export type LogicPlace =
  | { readonly database: Database; readonly transaction?: undefined }
  | { readonly transaction: Transaction };

export interface SqlLogicRun {
  readonly callable: CallableSql;
  /** As `openLogic` gives it. */
  readonly source: ValueSource;
  readonly place: LogicPlace;
  readonly limits: Pick<Limits, 'rows' | 'answerBytes' | 'queryTimeoutMs'>;
  /** How long whoever has it run gives it in all; absent: as long as one statement may take. */
  readonly timeoutMs?: number | undefined;
  /** Whether it failed before because the schema is being changed: what was prepared is not to be trusted. */
  readonly isAgain?: boolean | undefined;
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
  const running = new SqlRun(run);
  try {
    return await running.run();
  } finally {
    running.dispose();
  }
}

/** The pieces that were run before, so that their statements come again. */
const wasRun = new WeakSet<CallableSql>();

class SqlRun {
  readonly #run: SqlLogicRun;
  readonly #deadlineMs: number;
  readonly #prepare: boolean;
  /** Cancels what runs in transactions of its own. */
  readonly #stop: StopSignal;
  #rows: string | undefined;
  #affected = 0;
  #overflow: StkError | undefined;
  #hasCommitted = false;

  constructor(run: SqlLogicRun) {
    this.#run = run;
    const { callable, limits, timeoutMs = limits.queryTimeoutMs } = run;
    const { logic } = callable;
    this.#prepare = wasRun.has(callable) && run.isAgain !== true;
    wasRun.add(callable);
    this.#stop = new StopSignal(run.signal);
    this.#deadlineMs = performance.now() + Math.min(logic.timeoutMs ?? timeoutMs, timeoutMs);
  }

  async run(): Promise<string> {
    const { callable, place } = this.#run;
    const { logic } = callable;
    const { transaction } = place;
    if (transaction !== undefined) isolationNeeded(callable);
    for (const [index, unit] of logic.units.entries()) {
      const isLast = index === logic.units.length - 1;
      if (transaction === undefined) await this.#unit(unit, isLast);
      else await this.#refusing(unit, () => this.#within(unit, transaction, isLast));
      this.#hasCommitted ||= !unit.readOnly;
    }
    return this.#answer();
  }

  dispose(): void {
    this.#stop.dispose();
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
    for (const statement of statements) await this.#statement(statement, database, this.#stop);
  }

  async #together(unit: SqlUnit, isLast: boolean): Promise<void> {
    const { database } = this.#run.place as { readonly database: Database };
    const work = async (transaction: Transaction) => {
      await this.#statements(unit, transaction, isLast);
      if (unit.rollsBack === true) throw new RolledBack();
    };
    try {
      await database.transaction(work, {
        isolation: ISOLATIONS[unit.transaction],
        readOnly: unit.readOnly && !(isLast && this.#run.publish !== undefined),
        timeoutMs: this.#leftMs(),
        signal: this.#stop,
      });
    } catch (thrown) {
      // What stopped it from here looks, to the transaction, as if the caller had gone.
      if (!(thrown instanceof RolledBack)) throw this.#overflow ?? thrown;
    }
  }

  /** In a transaction of somebody else, which may write before and behind it. */
  async #within(unit: SqlUnit, transaction: Transaction, isLast: boolean): Promise<void> {
    const work = () => this.#statements(unit, transaction, isLast);
    if (!unit.readOnly || unit.harmless === true || this.#run.publish !== undefined) return await work();
    await this.#run.callable.engine.logic.readOnlyWithin(transaction, work);
  }

  async #statements({ statements }: SqlUnit, transaction: Transaction, isLast: boolean): Promise<void> {
    for (const statement of statements) await this.#statement(statement, transaction);
    if (isLast) await this.#run.publish?.(transaction, this.#answer());
  }

  async #statement(statement: SqlStatement, on: Queryable, signal?: CancelSignal): Promise<void> {
    const { callable, source, limits } = this.#run;
    const values = callable.bindings().valuesOf(statement, source);
    const reader = callable.engine.logic.collectRows({ rows: limits.rows, bytes: limits.answerBytes }, () => {
      this.#overflow = reader.overflow;
      this.#stop.stop();
    });
    const timeoutMs = Math.min(this.#leftMs(), limits.queryTimeoutMs);
    const options = { signal, reader, prepare: this.#prepare, timeoutMs };
    const result = await on.query(statement.text, values, options).catch((thrown: unknown) => {
      throw reader.overflow ?? thrown;
    });
    const rows = reader.json(result);
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
      const { engine, tables } = this.#run.callable;
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
