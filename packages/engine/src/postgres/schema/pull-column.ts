import {
  type Column,
  type ColumnDefault,
  type Json,
  type KeyGenerator,
  StkError,
  type TableKey,
  type ValueSpec,
} from '@santokit/contract';
import { compileValueCheck } from '../../statement/values/check-value.ts';
import { canonicalNativeType } from '../native-type.ts';
import { defaultNativeType, type LogicalSpec, logicalType } from '../type-map.ts';
import { declaredRules } from './check-rules.ts';
import { liveDefaultSql, readDefault } from './default-expression.ts';
import type { LiveCheck, LiveColumn, LiveTable } from './live-schema.ts';

/** A live column as a file declares it: its native type pinned only where the logical one does not imply it. */
export function pullColumn(live: LiveColumn, key: TableKey, checks: readonly LiveCheck[]): Column {
  const isKey = key.columns.includes(live.name);
  const generate = isKey ? key.generate : undefined;
  const spec = generate === undefined ? checkedSpec(live, checks) : logicalSpec(live);
  const isWrittenByDatabase = live.isGenerated || live.identity === 'always';
  const value = generate === undefined && !isWrittenByDatabase ? pullDefault(spec, live) : undefined;
  return {
    name: live.name,
    ...(generate === undefined ? spec : keySpec(spec, live, generate)),
    nullable: live.nullable && !isKey,
    ...(value === undefined ? {} : { default: value }),
    ...(isWrittenByDatabase && generate === undefined ? { readOnly: true } : {}),
    ...(live.comment === undefined ? {} : { description: live.comment }),
  };
}

/** The primary key: `link` for several columns, else one column and who makes its values. */
export function pullKey(live: LiveTable): TableKey {
  const columns = live.primaryKey?.columns ?? [];
  const column = live.columns.find((one) => one.name === columns[0]);
  if (columns.length !== 1 || column === undefined) return { columns };
  return { columns, generate: keyGenerator(column) };
}

/** Names that calls give another meaning to, or that objects of JavaScript do. */
export function unusableName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return name === '__proto__' || name.startsWith('$') || /[./\u0000-\u001f\u007f]/.test(name);
}

/** What the type says and a check of ours, which is all that it says of its rules. */
function checkedSpec(live: LiveColumn, checks: readonly LiveCheck[]): LogicalSpec & Pick<Column, 'enforce'> {
  const spec = logicalSpec(live);
  const rules = checks.find((check) => check.column === live.name && check.rules !== undefined)?.rules;
  if (rules === undefined) return spec;
  const { enum: _, ...typed } = spec;
  return { ...typed, ...declaredRules({ name: live.name, ...spec }, rules), enforce: true };
}

/** What a file can say about the column under `id`: a type that its generator allows, pinned where it is not the usual one. */
function keySpec(spec: LogicalSpec, live: LiveColumn, generate: KeyGenerator): LogicalSpec {
  const native = canonicalNativeType(live.type);
  const { type, maxLength } = spec;
  if (generate === 'uuid_v4') return { type, native };
  if (type === 'int' && generate === 'auto_increment') return { type, native };
  if (type === 'int' || type === 'bigint' || type === 'uuid')
    return { type, ...(spec.native === undefined ? {} : { native }) };
  const pinned = native === defaultNativeType({ type: 'string' }) ? {} : { native };
  return { type: 'string', ...(maxLength === undefined ? {} : { maxLength }), ...pinned };
}

/** False for the rare type whose printed name the grammar of pinned types does not know. */
export function hasNameableType(live: LiveColumn): boolean {
  try {
    return logicalSpec(live) !== undefined;
  } catch (thrown) {
    if (thrown instanceof StkError) return false;
    throw thrown;
  }
}

function keyGenerator(column: LiveColumn): KeyGenerator {
  const spec = logicalSpec(column);
  const isInteger = spec.type === 'int' || spec.type === 'bigint';
  if (isInteger && (column.identity !== undefined || /^nextval\(/i.test(column.defaultSql ?? '')))
    return 'auto_increment';
  return column.type === 'uuid' && readDefault(spec, column.defaultSql)?.kind === 'uuid_v4' ? 'uuid_v4' : 'client';
}

function logicalSpec(live: LiveColumn): LogicalSpec {
  const facts = {
    ...(live.enumLabels === undefined ? {} : { enumLabels: live.enumLabels }),
    ...(live.baseType === undefined ? {} : { baseType: live.baseType }),
  };
  return logicalType(live.type, facts);
}

function pullDefault(spec: LogicalSpec, live: LiveColumn): ColumnDefault | undefined {
  const sql = liveDefaultSql(live);
  const value = readDefault(spec, sql);
  if (sql === undefined || value === undefined) return undefined;
  // Of longer numbers a file in JSON form would keep the first digits only.
  const isLong = (spec.type === 'json' || spec.type === 'float') && /\d{16}/.test(sql);
  return value.kind === 'literal' && (isLong || !canSay(spec, value.value)) ? { kind: 'native', sql } : value;
}

/** Whether a file may give this default: the database takes ones that no row could hold. */
function canSay(spec: LogicalSpec & Pick<Column, 'enforce'>, value: Json): boolean {
  if (spec.enforce && !obeys(spec, value)) return false;
  if (typeof value === 'number' && spec.type === 'int') return Math.abs(value + 0.5) < 2 ** 31;
  if (typeof value !== 'string') return true;
  // In a file `default: now` is the present and `default: uuid_v4` a random one, so these texts have to be said otherwise.
  if (value === 'now' || value === 'uuid_v4') return false;
  if (spec.enum !== undefined && !spec.enum.includes(value)) return false;
  if (spec.maxLength !== undefined && [...value].length > spec.maxLength) return false;
  if (spec.type === 'bigint') return BigInt.asIntN(64, BigInt(value)).toString() === BigInt(value).toString();
  if (spec.type !== 'decimal' || spec.precision === undefined) return true;
  const [whole = '', fraction = ''] = value.replace('-', '').split('.');
  const scale = spec.scale ?? 0;
  return fraction.length <= scale && (whole === '0' ? 0 : whole.length) <= spec.precision - scale;
}

function obeys(spec: ValueSpec, value: Json): boolean {
  try {
    compileValueCheck(spec)(value, 'default');
    return true;
  } catch (thrown) {
    if (thrown instanceof StkError) return false;
    throw thrown;
  }
}
