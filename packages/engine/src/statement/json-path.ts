import type { Table } from '@santokit/contract';
import { badRequest, member, shown } from './parse-context.ts';

export interface JsonPath {
  /** Of type json. */
  readonly column: string;
  /** Member names, and indexes of lists. */
  readonly path: readonly string[];
}

const MOST_PARTS = 32;

/**
 * What a dotted name such as `meta.theme` leads to; undefined when it does not begin with a column of type json.
 * @throws StkError `BAD_REQUEST` for a path with an empty part, or too many
 */
export function jsonPathOf(name: string, table: Table): JsonPath | undefined {
  // A column's own name may hold dots: the longest one that there is decides.
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const column = name.slice(0, dot);
    if (member(table.columns, column)?.type !== 'json') continue;
    const path = name.slice(dot + 1).split('.');
    if (path.includes('')) throw badRequest(`The path ${shown(name)} has an empty part`, column);
    if (path.length > MOST_PARTS) throw badRequest(`The path ${shown(name)} has more than ${MOST_PARTS} parts`, column);
    return { column, path };
  }
  return undefined;
}
