import type { Column, Json, LogicalType } from '@santokit/contract';
import fc from 'fast-check';

/** Gives a value of a type, which a column takes where there is one; no two draws agree. */
export type Draw = (type: LogicalType, column?: Column) => Json;

/** A part of params whose structure is fixed and whose values are drawn anew each time it is made. */
export type Made = (draw: Draw) => Json;
export type Members = Readonly<Record<string, Made>>;

/** An object of the members, in their order. */
export function made(members: Members): Made {
  return (draw) => Object.fromEntries(Object.entries(members).map(([name, member]) => [name, member(draw)]));
}

/** Parts without values. */
export function constant(value: fc.Arbitrary<unknown>): fc.Arbitrary<Made> {
  return value.map((each) => () => each as Json);
}

/** A number of rows, at least 5 and at most 93. */
export const rowCount: Made = (draw) => 5 + (Number(draw('bigint')) % 89);

/** Members of which some are left out. */
export function someOf(members: Readonly<Record<string, fc.Arbitrary<Made>>>): fc.Arbitrary<Members> {
  return fc.record<Members>(members, { requiredKeys: [] });
}
