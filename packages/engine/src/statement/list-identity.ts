import { hash } from 'node:crypto';
import type { Column, Json, Table } from '@santokit/contract';
import { isList, isObject, type Template } from './parse-context.ts';
import type { ListIdentity, Order, Slot } from './statement.ts';

interface ListParts {
  readonly table: Table;
  readonly where: Template | undefined;
  readonly orderBy: readonly Order[];
  readonly distinct: readonly Column[];
}

const FINGERPRINT_LENGTH = 12;

/** The identity of a list. Neither the order of names in `where` matters nor where among a call's values its own lie. */
export function listIdentity({ table, where, orderBy, distinct }: ListParts): ListIdentity {
  const slots: Slot[] = [];
  const order = orderBy.map(({ column, direction, nulls }) => [column.name, direction, nulls ?? null]);
  const parts = [table.name, canonical(where ?? {}, slots), order, distinct.map(({ name }) => name)];
  return { text: JSON.stringify(parts), slots };
}

/** A short hash of a list's identity and the values in it. */
export function fingerprintOf({ text, slots }: ListIdentity, values: readonly Json[]): string {
  let identity = text;
  for (const slot of slots) identity += `\n${JSON.stringify(values[slot])}`;
  return hash('sha1', identity, 'base64url').slice(0, FINGERPRINT_LENGTH);
}

/** A template with its names in order and a mark for each value; the slots of the values are added to `slots`. */
function canonical(template: Template, slots: Slot[]): Json {
  if (typeof template === 'number') {
    slots.push(template);
    return 0;
  }
  if (isList(template)) return template.map((item) => canonical(item, slots));
  if (!isObject(template)) return template;
  const names = Object.keys(template).toSorted();
  return names.map((name) => [name, canonical(template[name] ?? null, slots)]);
}
