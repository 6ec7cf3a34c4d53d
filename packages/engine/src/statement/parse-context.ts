import {
  type Column,
  type CompiledRule,
  type Json,
  type Limits,
  type Schema,
  StkError,
  type Table,
  type TableOperation,
} from '@santokit/contract';
import { opensColumn } from '@santokit/policy';
import type { CascadeContext } from './object-deletions.ts';
import type { TriggerContext } from './row-events.ts';
import type { ValueHash } from './statement.ts';

/** What parsing needs beside the params. */
export interface ParseContext {
  readonly schema: Schema;
  readonly limits: Limits;
  /** The rule that decides for the caller; undefined where no rule names a role of theirs. */
  readonly ruleOf: (table: string, operation: TableOperation) => CompiledRule | undefined;
  /** What values are shown as that a rule masks by hash. Absent: the env has no key for it, and no rule does. */
  readonly hash?: ValueHash | undefined;
  /** Absent: the release has none. */
  readonly triggers?: TriggerContext | undefined;
  /** Whose objects are deleted with their rows. Absent: nobody's. */
  readonly cascades?: CascadeContext | undefined;
  /** Called with each rule of another table that the statement relies on, so that its request-only conditions are checked. */
  readonly requires: (rule: CompiledRule) => void;
}

/** Params whose values were replaced by slots: what `JSON.parse` makes of a shape's key. */
export type Template = Json;
export type TemplateObject = { readonly [key: string]: Template };

export function badRequest(message: string, column?: string): StkError {
  return new StkError('BAD_REQUEST', message, column === undefined ? undefined : { column });
}

export function forbidden(message: string, column?: string): StkError {
  return new StkError('FORBIDDEN', message, column === undefined ? undefined : { column });
}

/** A name that the caller sent, short enough for a message. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

export function isObject(template: Template | undefined): template is TemplateObject {
  return template !== null && typeof template === 'object' && !Array.isArray(template);
}

export function isList(template: Template | undefined): template is readonly Template[] {
  return Array.isArray(template);
}

/** Own properties only, so that `constructor` and its kind are names like any other. */
export function member<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** @throws StkError `BAD_REQUEST` for a name that is not a column */
export function columnNamed(table: Table, name: string): Column {
  const column = member(table.columns, name);
  if (column === undefined) throw badRequest(`Unknown column: ${shown(name)}`, name.slice(0, 80));
  return column;
}

/** Refuses params that the operation does not have, all of them at once. */
export function refuseUnknown(params: TemplateObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(params).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw badRequest(
      `Unknown param${unknown.length > 1 ? 's' : ''}${where}: ${unknown.slice(0, 20).map(shown).join(', ')}`,
    );
}

export function maskOf(rule: CompiledRule, name: string) {
  return rule.mask === undefined ? undefined : member(rule.mask, name);
}

/** Whether a column may be compared or sorted by. A masked one may not, for its value could be found by trying. */
export function isComparable(rule: CompiledRule, name: string): boolean {
  return opensColumn(rule, name) && maskOf(rule, name) === undefined;
}

/** A column that may be compared or sorted by. @throws StkError `BAD_REQUEST` for what is no column, `FORBIDDEN` */
export function comparableColumn(table: Table, rule: CompiledRule, name: string, what: string): Column {
  const column = columnNamed(table, name);
  if (!isComparable(rule, name)) throw forbidden(`${what} may not use the column ${shown(name)}`, name);
  return column;
}
