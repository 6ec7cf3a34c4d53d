import type { Column, LogicalType } from '@santokit/contract';
import { malformedCursor } from '../../statement/cursor.ts';
import type { Binder } from '../../statement/plan.ts';
import type { Slot } from '../../statement/statement.ts';
import { isWellFormedText } from '../../statement/values/storable-json.ts';

/**
 * Binds a value of a cursor: text of the column in the server's own notation, which alone holds all that a column can (NaN, infinity,
 * years before the common era). Whoever made it up is told so here, before the server is asked.
 */
export function cursorBinder({ type }: Column, slot: Slot): Binder {
  return ({ values }) => {
    const text = values[slot];
    if (typeof text !== 'string' || !isWellFormedText(text) || !isOfType(text, type)) throw malformedCursor();
    return text;
  };
}

const INTEGER = /^-?[0-9]{1,19}$/;
const DECIMAL = /^(?:-?[0-9]+(?:\.[0-9]+)?|NaN|-?Infinity)$/;
const FLOAT = /^(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?|NaN|-?Infinity)$/;
const TIMESTAMP =
  /^(?:[0-9]{4,6}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:\+00)?(?: BC)?|-?infinity)$/;
const DATE = /^(?:[0-9]{4,7}-[01][0-9]-[0-3][0-9](?: BC)?|-?infinity)$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BYTES = /^\\x(?:[0-9a-f]{2})*$/;
const BOOLEAN = /^[tf]$/;

function isOfType(text: string, type: LogicalType): boolean {
  switch (type) {
    case 'string':
    case 'file':
    case 'array':
      // In as many notations as there are types behind them, which the server knows.
      return true;
    case 'int':
      return isInteger(text, 32);
    case 'bigint':
      return isInteger(text, 64);
    case 'decimal':
      return DECIMAL.test(text);
    case 'float':
      return FLOAT.test(text);
    case 'boolean':
      return BOOLEAN.test(text);
    case 'timestamp':
      return TIMESTAMP.test(text);
    case 'date':
      return DATE.test(text);
    case 'uuid':
      return UUID.test(text);
    case 'bytes':
      return BYTES.test(text);
    case 'json':
      return false;
  }
}

function isInteger(text: string, bits: number): boolean {
  return INTEGER.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}
