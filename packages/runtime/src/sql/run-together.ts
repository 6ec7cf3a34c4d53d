import { type Limits, StkError } from '@santokit/contract';
import type { Transaction } from '@santokit/engine';
import type { CallableSql } from '../callable-logic.ts';
import type { ValueSource } from './sql-bindings.ts';

/**
 * Whether several runs of a file can be one transaction: each would be one of its own and nobody sees the answer, so that only their
 * number differs.
 */
export function canRunTogether({ logic: { units, publish, timeoutMs } }: CallableSql): boolean {
  const [unit] = units;
  if (unit === undefined || units.length > 1 || publish !== undefined || timeoutMs !== undefined) return false;
  const isOne = unit.transaction === 'read_committed' || (unit.transaction === 'none' && unit.statements.length === 1);
  return isOne && unit.explicit !== true && unit.rollsBack !== true && !unit.readOnly;
}

/** Runs a file once for each source, in order and in one transaction. @throws whatever any run fails of; nothing is to be committed then */
export async function runTogether(
  callable: CallableSql,
  sources: readonly ValueSource[],
  { transaction, limits }: { readonly transaction: Transaction; readonly limits: Pick<Limits, 'rows' | 'answerBytes'> },
): Promise<void> {
  const bindings = callable.bindings();
  let isTooLarge = false;
  const statements = sources.flatMap((source) =>
    (callable.logic.units[0]?.statements ?? []).map((statement) => ({
      text: statement.text,
      params: bindings.valuesOf(statement, source),
      reader: callable.engine.logic.collectRows({ rows: limits.rows, bytes: limits.answerBytes }, () => {
        isTooLarge = true;
      }),
    })),
  );
  await transaction.queryAll(statements);
  if (isTooLarge) throw new StkError('RESULT_TOO_LARGE', 'The answer of a handler is too large');
}
