import { type Column, type ColumnDefault, REFERENCE_ACTIONS, type ValueSpec } from '@santokit/contract';
import { isScalar, type Node } from 'yaml';
import type { Located, Member, YamlFile } from '../yaml-file.ts';
import { readLiteral } from './literal.ts';
import { readValueSpec, VALUE_SPEC_KEYS } from './value-spec.ts';

/** A `references` as written; the target is looked up when every file was read. */
export interface ReferenceSource {
  readonly table: Located;
  readonly column: Located | undefined;
  readonly as: Located | undefined;
  readonly inverse: Located | undefined;
  readonly onDelete: (typeof REFERENCE_ACTIONS)[number];
  readonly onUpdate: (typeof REFERENCE_ACTIONS)[number];
}

export interface ColumnSource {
  readonly name: Located;
  /** Without its reference. */
  readonly column: Column;
  readonly reference: ReferenceSource | undefined;
}

const COLUMN_KEYS = [
  ...VALUE_SPEC_KEYS,
  'native',
  'nullable',
  'default',
  'nativeDefault',
  'unique',
  'enforce',
  'references',
  'bucket',
  'onDelete',
  'renamedFrom',
  'description',
  'deprecated',
  'disabled',
  'sensitive',
  'readOnly',
];

/** What `enforce` lets the database check. Its regular expressions mean other things than those of `pattern`. */
const ENFORCEABLE = ['enum', 'minLength', 'maxLength', 'min', 'max'];

/** Reads one column. */
export function readColumn(file: YamlFile, { key, value: node }: Member): ColumnSource | undefined {
  const members = file.readMapping(node, `column "${key.value}"`, COLUMN_KEYS);
  const spec = members === undefined ? undefined : readValueSpec(file, members, node);
  if (members === undefined || spec === undefined) return undefined;
  const value = (name: string) => members.get(name)?.value;
  const flag = (name: string) => (members.has(name) ? file.readBoolean(value(name), `"${name}"`) : undefined) ?? false;
  const text = (name: string) => (members.has(name) ? file.readText(value(name), `"${name}"`)?.value : undefined);
  const nullable = flag('nullable');
  const native = text('native');
  if (native !== undefined) checkNative(file, value('native'), native);
  const renamedFrom = text('renamedFrom');
  const description = text('description');
  const storage = readStorage(file, members, spec);
  const fallback = readDefault(file, members, spec, nullable);
  const deprecated = members.has('deprecated') ? readDeprecated(file, value('deprecated')) : undefined;
  const reference = members.has('references') ? readReference(file, value('references')) : undefined;
  const enforce = members.get('enforce');
  if (enforce !== undefined && flag('enforce') && !ENFORCEABLE.some((key) => members.has(key)))
    file.report(enforce.key, `"enforce" needs one of ${ENFORCEABLE.join(', ')} beside it, for the database to check`);
  const column: Column = {
    name: key.value,
    ...spec,
    nullable,
    ...(native === undefined ? {} : { native }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(flag('enforce') ? { enforce: true } : {}),
    ...(flag('unique') ? { unique: true } : {}),
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(flag('disabled') ? { disabled: true } : {}),
    ...(flag('sensitive') ? { sensitive: true } : {}),
    ...(storage === undefined ? {} : { file: storage }),
    ...(flag('readOnly') ? { readOnly: true } : {}),
  };
  return { name: key, column, reference };
}

// Type names reach DDL as they are: words and quoted names, dots, a list of words and numbers in brackets, and [] behind it.
const NAME = '(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"\\0]|""){1,126}")';
const NATIVE_TYPE = new RegExp(
  `^${NAME}(?:[ .]${NAME})*(?:\\((?:-?\\d{1,6}|[A-Za-z]+)(?:,-?\\d{1,6})?\\))?(?: (?:with|without) time zone)?(?:\\[\\])*$`,
);

/** Reports a `native` that is not the spelling of a type. */
export function checkNative(file: YamlFile, node: Node | null | undefined, native: string): void {
  if (!NATIVE_TYPE.test(native))
    file.report(node, '"native" must be the name of a type of the database, such as citext or character varying(160)');
}

/** Reads the default of a value that satisfies `spec`. */
export function readDefault(
  file: YamlFile,
  members: ReadonlyMap<string, Member>,
  spec: ValueSpec,
  nullable: boolean,
): ColumnDefault | undefined {
  const native = members.get('nativeDefault');
  const literal = members.get('default');
  if (native !== undefined) {
    if (literal !== undefined) file.report(native.key, '"nativeDefault" and "default" exclude each other');
    const sql = file.readText(native.value, '"nativeDefault"');
    return sql === undefined ? undefined : { kind: 'native', sql: sql.value };
  }
  if (literal === undefined) return undefined;
  const word = isScalar(literal.value) ? literal.value.value : undefined;
  if (word === 'now' && (spec.type === 'timestamp' || spec.type === 'date')) return { kind: 'now' };
  if (word === 'uuid_v4' && (spec.type === 'uuid' || spec.type === 'string')) return { kind: 'uuid_v4' };
  if (word === null && spec.type !== 'json') {
    if (!nullable) file.report(literal.value, '"default: null" needs "nullable: true"');
    return undefined;
  }
  const value = readLiteral(file, literal.value, spec, '"default"');
  return value === undefined ? undefined : { kind: 'literal', value };
}

function readStorage(file: YamlFile, members: ReadonlyMap<string, Member>, spec: ValueSpec): Column['file'] {
  const bucket = members.get('bucket');
  const onDelete = members.get('onDelete');
  if (spec.type !== 'file') {
    for (const member of [bucket, onDelete])
      if (member !== undefined)
        file.report(
          member.key,
          `"${member.key.value}" is for file columns${member === onDelete ? '; of a reference it stands under "references"' : ''}`,
        );
    return undefined;
  }
  const name = bucket === undefined ? undefined : file.readText(bucket.value, '"bucket"');
  const action = onDelete === undefined ? 'keep' : file.readChoice(onDelete.value, '"onDelete"', ['cascade', 'keep']);
  return { bucket: name?.value ?? 'main', onDelete: action ?? 'keep' };
}

function readDeprecated(file: YamlFile, node: Node | null | undefined): Column['deprecated'] {
  const members = file.readMapping(node, '"deprecated"', ['reason', 'sunset']);
  if (members === undefined) return undefined;
  const reason = file.readText(members.get('reason')?.value ?? node, '"deprecated.reason"');
  const sunset = members.has('sunset')
    ? readLiteral(file, members.get('sunset')?.value ?? null, { type: 'date' }, '"deprecated.sunset"')
    : undefined;
  return { reason: reason?.value ?? '', ...(typeof sunset === 'string' ? { sunset } : {}) };
}

function readReference(file: YamlFile, node: Node | null | undefined): ReferenceSource | undefined {
  const members = file.readMapping(node, '"references"', ['table', 'column', 'as', 'inverse', 'onDelete', 'onUpdate']);
  if (members === undefined) return undefined;
  const text = (name: string) =>
    members.has(name) ? file.readText(members.get(name)?.value, `"references.${name}"`) : undefined;
  const action = (name: string) =>
    (members.has(name)
      ? file.readChoice(members.get(name)?.value, `"references.${name}"`, REFERENCE_ACTIONS)
      : undefined) ?? 'restrict';
  if (!members.has('table')) return file.report(node, '"references" needs "table"');
  const table = text('table');
  if (table === undefined) return undefined;
  return {
    table,
    column: text('column'),
    as: text('as'),
    inverse: text('inverse'),
    onDelete: action('onDelete'),
    onUpdate: action('onUpdate'),
  };
}
