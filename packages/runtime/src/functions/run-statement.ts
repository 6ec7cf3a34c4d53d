import type { Limits } from '@santokit/contract';
import { DatabaseError, type Transaction } from '@santokit/engine';
import type { CallableFunction } from '../callable-logic.ts';
import { FUNCTION_LIMITS } from './function-limits.ts';
import type { FunctionOperation } from './sandbox/messages.ts';
import type { StatementGuard } from './statement-guard.ts';
import { statementValue } from './statement-value.ts';

export interface FunctionStatement {
  readonly callable: CallableFunction;
  readonly transaction: Transaction;
  readonly guard: StatementGuard;
  readonly operation: Extract<FunctionOperation, { kind: 'query' | 'exec' }>;
  readonly limits: Pick<Limits, 'answerBytes'>;
  /** Whether what was prepared earlier is not to be trusted. */
  readonly isAgain?: boolean | undefined;
}

/**
 * Runs a statement that a function asks for, in the function's transaction.
 * @returns JSON text: the rows, or of `db.exec` `{"affected":n}`
 * @throws StkError for what is refused
 */
export async function runFunctionStatement(statement: FunctionStatement): Promise<string> {
  const { callable, transaction, guard, operation, limits, isAgain } = statement;
  const { engine, tables, logic } = callable;
  const { kind, sql, params } = operation;
  const isKnown = await guard.check(sql, params);
  // What comes beyond them is dropped, and the statement ends by itself or with its time.
  const reader = engine.logic.collectRows({ rows: FUNCTION_LIMITS.rows, bytes: limits.answerBytes }, () => {});
  try {
    const result = await transaction.query(sql, params.map(statementValue), {
      reader,
      prepare: isKnown && isAgain !== true,
      timeoutMs: FUNCTION_LIMITS.timeMs,
    });
    return kind === 'exec' ? `{"affected":${result.affected}}` : (reader.json(result) ?? '[]');
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    throw engine.logic.refusal(thrown, { tables, readOnly: logic.mode === 'query' });
  }
}
