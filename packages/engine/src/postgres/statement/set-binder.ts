import { type Column, type Expression, type Json, StkError } from '@santokit/contract';
import { evaluate, toJson, type Value } from '@santokit/policy';
import type { Binder } from '../../statement/plan.ts';
import { columnBinder } from './bind-value.ts';

/**
 * What a rule's `set` writes to a column: evaluated for the call, then checked like a value that was sent. What has no answer, or
 * one that the column cannot hold, denies; the caller did not send it and is told nothing of it.
 */
export function setBinder(expression: Expression, column: Column): Binder {
  const bind = columnBinder(column);
  return ({ request }) => {
    const outcome = evaluate(expression, { request });
    if (outcome.type === 'error') throw denied();
    try {
      return bind(columnForm(outcome, column));
    } catch (thrown) {
      throw thrown instanceof StkError ? denied(thrown) : thrown;
    }
  };
}

/** Integers are numbers to `int` and text to `bigint` and `decimal`; an instant is cut to its day for a `date`. */
function columnForm(value: Value, column: Column): Json {
  const json = toJson(value);
  if (typeof json === 'number' && (column.type === 'bigint' || column.type === 'decimal')) return String(json);
  if (value.type === 'timestamp' && column.type === 'date' && typeof json === 'string') return json.slice(0, 10);
  return json;
}

function denied(cause?: StkError): StkError {
  return new StkError('FORBIDDEN', 'The row is not allowed to be written', undefined, { cause });
}
