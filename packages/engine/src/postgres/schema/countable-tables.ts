import { nativeType } from '../type-map.ts';
import type { Change, Place } from './change.ts';
import { writeDefault } from './default-expression.ts';
import { tableKey } from './diff-context.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

/**
 * Tables as a plan will find them, for counting rows before any of it is done: renamed columns and added ones are there under their
 * names to be, added ones with the value that each row is going to get.
 */
export class CountableTables {
  readonly #names = new Map<string, string>();
  readonly #columns = new Map<string, string[]>();

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      if (change.kind === 'rename_table') this.#names.set(tableKey(change.schema, change.table), change.from);
      if (change.kind === 'rename_column') this.#add(change, quoteIdentifier(change.from), change.column);
      if (change.kind === 'add_column') {
        const { column } = change;
        const value = column.default?.kind === 'native' ? undefined : writeDefault(column);
        this.#add(change, `(${value ?? 'NULL'})::${nativeType(column)}`, column.name);
      }
    }
  }

  #add(place: Place, expression: string, name: string): void {
    const key = tableKey(place.schema, place.table);
    const columns = this.#columns.get(key) ?? [];
    columns.push(`${expression} AS ${quoteIdentifier(name)}`);
    this.#columns.set(key, columns);
  }

  /** What stands behind FROM. */
  from({ schema, table }: Place): string {
    const key = tableKey(schema, table);
    const name = quoteQualified(schema, this.#names.get(key) ?? table);
    const columns = this.#columns.get(key);
    return columns === undefined ? name : `(SELECT *, ${columns.join(', ')} FROM ${name}) AS planned`;
  }
}
