import type { Column, Json } from '@santokit/contract';
import type { ComparisonOperator, Filter } from '../../../statement/statement.ts';
import { asksNothing } from './asks-nothing.ts';
import { type ColumnCells, columnCells, NULL_CELL } from './column-cells.ts';
import { type Claim, isSatisfiable } from './is-satisfiable.ts';
import { sideOfValue } from './side-of-value.ts';

/**
 * Whether a filter is true of every row that its columns allow: whether no row can be imagined of which it is false or null. What
 * cannot be told (which of two texts is less, which patterns they match) is imagined both ways, so that the answer errs on one side
 * only. A search that asks for nothing counts as true of every row, also of those that have nothing to search.
 */
export function alwaysHolds(filter: Filter, values: readonly Json[]): boolean {
  return !isSatisfiable(new RowClaims(filter, values).exceptWhere(filter, true));
}

/** Of a value in a document: null (absent is the same), or anything else. */
const DOCUMENT_CELLS = 3n;

/** States what a row must be like. */
class RowClaims {
  readonly #values: readonly Json[];
  readonly #cells: ReadonlyMap<string, ColumnCells>;

  constructor(filter: Filter, values: readonly Json[]) {
    this.#values = values;
    this.#cells = cellsByColumn(filter, values);
  }

  /** Of a row of which the filter is anything but this: the other, or null. */
  exceptWhere(filter: Filter, answer: boolean): Claim {
    switch (filter.kind) {
      case 'constant':
        return always(filter.holds === answer);
      case 'all':
      case 'any': {
        const claims = filter.filters.map((part) => this.exceptWhere(part, answer));
        return { kind: (filter.kind === 'all') === answer ? 'any' : 'all', claims };
      }
      case 'not':
        return this.exceptWhere(filter.filter, !answer);
      case 'null':
        return this.#nullity(filter.column.name, filter.isNull !== answer);
      case 'compare':
        return this.#exceptCompared(filter, answer);
      case 'path':
        return this.#exceptInDocument(filter, answer);
      case 'related':
        return this.#exceptRelated(filter, answer);
    }
  }

  #nullity(variable: string, isNull: boolean): Claim {
    const all = this.#cells.get(variable)?.all ?? DOCUMENT_CELLS;
    return { kind: 'within', variable, cells: isNull ? all & NULL_CELL : all & ~NULL_CELL };
  }

  #exceptCompared({ column, operator, slot }: Filter & { kind: 'compare' }, answer: boolean): Claim {
    const value = this.#values[slot] ?? null;
    if (asksNothing(column.type, operator, value)) return always(answer);
    const cells = this.#cells.get(column.name);
    const holds = cells?.where(operator, value);
    if (cells === undefined || holds === undefined) {
      const side = sideOfValue(column, operator, value, !answer);
      return this.#nullOr(column, side ?? flagOf(column, operator, value, !answer));
    }
    const differing = answer ? cells.all & ~holds : holds | (cells.all & NULL_CELL);
    const claim: Claim = { kind: 'within', variable: column.name, cells: differing };
    const side = cells.needsSideOf(value) ? sideOfValue(column, operator, value, !answer) : undefined;
    return side === undefined ? claim : { kind: 'all', claims: [claim, this.#nullOr(column, side)] };
  }

  #nullOr({ name }: Column, claim: Claim): Claim {
    return { kind: 'any', claims: [this.#nullity(name, true), claim] };
  }

  #exceptInDocument({ column, path, test }: Filter & { kind: 'path' }, answer: boolean): Claim {
    const place = JSON.stringify([column.name, ...path]);
    if (typeof test === 'string') return this.#nullity(place, (test === 'null') !== answer);
    const { operator, slot } = test;
    const value = this.#values[slot] ?? null;
    if (asksNothing('path', operator, value)) return always(answer);
    const differs = flag([place, operator, value], !answer);
    return { kind: 'any', claims: [this.#nullity(place, true), differs] };
  }

  #exceptRelated(filter: Filter & { kind: 'related' }, answer: boolean): Claim {
    // Where every row refers to another that the caller may see, to ask for no more than that asks for nothing.
    const isCertain = filter.isCertain && filter.predicate === undefined && alwaysHolds(filter.where, this.#values);
    if (isCertain) return always(answer);
    return flag([this.#identity(filter)], !answer);
  }

  /** The same for two filters that ask the same of related rows. */
  #identity(filter: Filter): string {
    return JSON.stringify(filter, (name, part) => {
      switch (name) {
        case 'slot':
          return JSON.stringify(this.#values[part] ?? null);
        case 'column':
        case 'table':
          return typeof part === 'object' ? part.name : part;
        case 'predicate':
          return undefined;
        default:
          return part;
      }
    });
  }
}

/** Of each column that the filter itself speaks of, not those of related rows. */
function cellsByColumn(filter: Filter, values: readonly Json[]): Map<string, ColumnCells> {
  const comparisons = new Map<Column, [ComparisonOperator, Json][]>();
  const pending = [filter];
  for (const part of pending) {
    if (part.kind === 'all' || part.kind === 'any') pending.push(...part.filters);
    else if (part.kind === 'not') pending.push(part.filter);
    else if (part.kind === 'null' || part.kind === 'compare') {
      const made = comparisons.get(part.column) ?? [];
      if (part.kind === 'compare') made.push([part.operator, values[part.slot] ?? null]);
      comparisons.set(part.column, made);
    }
  }
  return new Map([...comparisons].map(([column, made]) => [column.name, columnCells(column, made)]));
}

/** Of what is so of every row, none is an exception; of what is so of none, each is. */
function always(holds: boolean): Claim {
  return { kind: holds ? 'any' : 'all', claims: [] };
}

/** A statement that is true or false of every row, whatever else it is like. */
function flag(parts: readonly Json[], isTrue: boolean): Claim {
  return { kind: 'within', variable: `? ${JSON.stringify(parts)}`, cells: isTrue ? 1n : 2n };
}

function flagOf({ name }: Column, operator: ComparisonOperator, value: Json, isTrue: boolean): Claim {
  return operator === '$notIn' ? flag([name, '$in', value], !isTrue) : flag([name, operator, value], isTrue);
}
