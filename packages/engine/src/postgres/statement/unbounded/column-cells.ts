import type { Column, Json } from '@santokit/contract';
import type { ComparisonOperator } from '../../../statement/statement.ts';
import { asksForOrder } from './side-of-value.ts';
import { type ValueScale, valueScale } from './value-scale.ts';

/** The cell of null. */
export const NULL_CELL = 1n;

/**
 * The values of a column, divided as far as comparisons tell them apart: null, each value that is compared with, and what lies
 * between two of them. A set of cells is a set of bits.
 */
export interface ColumnCells {
  /** Those that a row can be in. */
  readonly all: bigint;
  /** Those of which a comparison is true; undefined where it does not depend on the cell alone. */
  readonly where: (operator: ComparisonOperator, value: Json) => bigint | undefined;
  /** Whether a value, or one of a list, is compared with by its order too, which the cells do not know. */
  readonly needsSideOf: (value: Json) => boolean;
}

/** Longer lists are not divided by: they only cover a column whose values are as many. */
const MOST_LISTED = 32;

/** Divides a column by the comparisons that a filter makes with it. */
export function columnCells(
  column: Column,
  comparisons: readonly (readonly [ComparisonOperator, Json])[],
): ColumnCells {
  const scale = valueScale(column);
  const points = scale === undefined ? [] : pointsOf(scale, comparisons);
  const all = (column.nullable ? NULL_CELL : 0n) | occupied(scale, points);
  const present = all & ~NULL_CELL;
  const isOrdered = scale?.isOrdered ?? true;
  const sided = isOrdered ? [] : comparisons.flatMap(([operator, value]) => (asksForOrder(operator) ? [value] : []));
  return {
    all,
    needsSideOf: (value) => sided.some((one) => (Array.isArray(value) ? value.includes(one) : value === one)),
    where: (operator, value) => {
      const always = triviallyHolds(column, operator, value);
      if (always !== undefined) return always ? present : 0n;
      return scale === undefined ? undefined : new Division(scale, points, present).where(operator, value);
    },
  };
}

/** In order, each once. */
function pointsOf(scale: ValueScale, comparisons: readonly (readonly [ComparisonOperator, Json])[]): string[] {
  const texts = scale.every ?? comparisons.flatMap(([, value]) => pointTexts(scale, value) ?? []);
  return texts.toSorted(scale.compare).filter((text, at, sorted) => {
    const previous = sorted[at - 1];
    return previous === undefined || scale.compare(previous, text) !== 0;
  });
}

/** What a value, or a list of them, stands for on a scale; undefined where some of it does not stand there. */
function pointTexts(scale: ValueScale, value: Json): string[] | undefined {
  const values = Array.isArray(value) ? value : [value];
  if (scale.every === undefined && values.length > MOST_LISTED) return undefined;
  const texts = values.map(scale.textOf).filter((text) => text !== undefined);
  return texts.length === values.length ? texts : undefined;
}

/** Of the point with an index `i` the cell is `2i + 2`; the cell below that is what lies before the point. */
function occupied(scale: ValueScale | undefined, points: readonly string[]): bigint {
  let cells = 0n;
  for (let index = 0; index <= points.length; index++) {
    const isOpen = scale?.every === undefined && (scale?.hasBetween(points[index - 1], points[index]) ?? true);
    if (isOpen) cells |= 1n << BigInt(2 * index + 1);
    if (index < points.length) cells |= 1n << BigInt(2 * index + 2);
  }
  return cells;
}

/** Comparisons that are true or false of every value, whatever its type makes of two texts. */
function triviallyHolds({ type }: Column, operator: ComparisonOperator, value: Json): boolean | undefined {
  if ((type !== 'string' && type !== 'file') || value !== '') return undefined;
  if (operator === '$gte') return true;
  return operator === '$lt' ? false : undefined;
}

class Division {
  readonly #scale: ValueScale;
  readonly #points: readonly string[];
  readonly #present: bigint;

  constructor(scale: ValueScale, points: readonly string[], present: bigint) {
    this.#scale = scale;
    this.#points = points;
    this.#present = present;
  }

  where(operator: ComparisonOperator, value: Json): bigint | undefined {
    switch (operator) {
      case '$eq':
      case '$in':
        return this.#equal(value);
      case '$ne':
      case '$notIn':
        return this.#without(this.#equal(value));
      case '$lt':
        return this.#below(value, false);
      case '$lte':
        return this.#below(value, true);
      case '$gt':
        return this.#without(this.#below(value, true));
      case '$gte':
        return this.#without(this.#below(value, false));
      case '$like':
      case '$ilike':
      case '$startsWith':
      case '$endsWith':
      case '$contains':
        return undefined;
    }
  }

  #without(cells: bigint | undefined): bigint | undefined {
    return cells === undefined ? undefined : this.#present & ~cells;
  }

  #equal(value: Json): bigint | undefined {
    let cells = 0n;
    for (const text of pointTexts(this.#scale, value) ?? [undefined]) {
      const at = text === undefined ? undefined : this.#placeOf(text);
      // A type that folds case takes values that are not listed as they are.
      if (at === undefined || !at.isPoint) return undefined;
      cells |= 1n << BigInt(2 * at.index + 2);
    }
    return cells;
  }

  #below(value: Json, inclusive: boolean): bigint | undefined {
    const text = this.#scale.isOrdered ? this.#scale.textOf(value) : undefined;
    if (text === undefined) return undefined;
    const { index, isPoint } = this.#placeOf(text);
    const end = 2 * index + (isPoint && inclusive ? 3 : 2);
    return this.#present & ((1n << BigInt(end)) - 1n);
  }

  /** The first point that is not less. */
  #placeOf(text: string): { readonly index: number; readonly isPoint: boolean } {
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#scale.compare(this.#points[middle] ?? '', text) < 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#points[low];
    return { index: low, isPoint: found !== undefined && this.#scale.compare(found, text) === 0 };
  }
}
