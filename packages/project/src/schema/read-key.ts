import { type Column, KEY_GENERATORS, type KeyGenerator, type LogicalType, type TableKey } from '@santokit/contract';
import { isSeq, type Node } from 'yaml';
import type { Located, Member, YamlFile } from '../yaml-file.ts';
import { checkDeclaredName } from './declared-name.ts';
import { checkNative } from './read-column.ts';

/** A table's key as written; `column` is the one that `id` declares. */
export interface KeySource {
  readonly key: TableKey;
  readonly column: Column | undefined;
  /** Where each of `key.columns` is named. */
  readonly names: readonly Located[];
}

const DEFAULT_KEY: KeySource = {
  key: { columns: ['id'], generate: 'ulid' },
  column: { name: 'id', type: 'string', nullable: false },
  names: [],
};

const NO_KEY: KeySource = { key: { columns: [] }, column: undefined, names: [] };

export interface KeyOptions {
  readonly adopted: boolean;
  readonly isView: boolean;
}

/** Reads `id` or `link`; a table without either has `{ name: id, generate: ulid }`, a view has no key. */
export function readKey(file: YamlFile, members: ReadonlyMap<string, Member>, options: KeyOptions): KeySource {
  const id = members.get('id');
  const link = members.get('link');
  if (id !== undefined && link !== undefined)
    file.report(link.key, '"id" and "link" exclude each other: a table has one key');
  if (link !== undefined) return readLink(file, link.value);
  return (id === undefined ? undefined : readId(file, id.value, options)) ?? (options.isView ? NO_KEY : DEFAULT_KEY);
}

function readLink(file: YamlFile, node: Node | null): KeySource {
  const names = file.readTexts(node, '"link"') ?? [];
  if (names.length < 2) file.report(node, '"link" names the two or more columns that are the key of a junction table');
  for (const [i, name] of names.entries()) {
    if (names.findIndex((other) => other.value === name.value) < i)
      file.report(name, `"${name.value}" stands in "link" twice`);
  }
  return { key: { columns: names.map((name) => name.value) }, column: undefined, names };
}

function readId(file: YamlFile, node: Node | null, { adopted, isView }: KeyOptions): KeySource | undefined {
  if (isSeq(node))
    return file.report(node, 'A key of several columns cannot be an "id"; a junction table declares "link" instead');
  const members = file.readMapping(node, '"id"', [
    'name',
    'generate',
    'type',
    'native',
    'maxLength',
    'renamedFrom',
    'nativeDefault',
    'description',
  ]);
  if (members === undefined) return undefined;
  const nameMember = members.get('name');
  if (isSeq(nameMember?.value))
    return file.report(
      nameMember.value,
      'A key of several columns cannot be an "id"; a junction table declares "link" instead',
    );
  const text = (key: string) => (members.has(key) ? file.readText(members.get(key)?.value, `"id.${key}"`) : undefined);
  const name = text('name') ?? { value: 'id', ...file.positionOf(node) };
  checkDeclaredName(file, name, 'column', adopted);
  const native = text('native');
  if (native !== undefined) checkNative(file, members.get('native')?.value, native.value);
  const generate =
    (members.has('generate')
      ? file.readChoice(members.get('generate')?.value, '"id.generate"', KEY_GENERATORS)
      : undefined) ?? (isView ? 'client' : 'ulid');
  const type = readKeyType(file, members, { generate, isNative: native !== undefined, isView });
  const maxLength = members.has('maxLength')
    ? file.readCount(members.get('maxLength')?.value, '"id.maxLength"', { least: 1 })
    : undefined;
  const renamedFrom = text('renamedFrom');
  const nativeDefault = text('nativeDefault');
  const description = text('description');
  const column: Column = {
    name: name.value,
    type,
    nullable: false,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(native === undefined ? {} : { native: native.value }),
    ...(renamedFrom === undefined ? {} : { renamedFrom: renamedFrom.value }),
    ...(nativeDefault === undefined ? {} : { default: { kind: 'native', sql: nativeDefault.value } }),
    ...(description === undefined ? {} : { description: description.value }),
  };
  return { key: { columns: [name.value], generate }, column, names: [name] };
}

/** The types that a generator can fill; the first is the default. */
function keyTypes(generate: KeyGenerator, isNative: boolean): readonly LogicalType[] {
  switch (generate) {
    case 'ulid':
    case 'nanoid':
      return ['string'];
    case 'uuid_v4':
    case 'uuid_v7':
      // Adopted tables hold generated UUIDs in the database's own type.
      return isNative ? ['string', 'uuid'] : ['string'];
    case 'auto_increment':
      return isNative ? ['bigint', 'int'] : ['bigint'];
    case 'client':
      return ['string', 'bigint', 'int', 'uuid'];
  }
}

function readKeyType(
  file: YamlFile,
  members: ReadonlyMap<string, Member>,
  {
    generate,
    isNative,
    isView,
  }: { readonly generate: KeyGenerator; readonly isNative: boolean; readonly isView: boolean },
): LogicalType {
  const what = isView ? 'The "id" of a view' : `A key with "generate: ${generate}"`;
  const allowed = keyTypes(generate, isNative);
  const fallback = allowed[0] ?? 'string';
  const member = members.get('type');
  if (member === undefined) return fallback;
  const text = file.readText(member.value, '"id.type"');
  const type = allowed.find((candidate) => candidate === text?.value);
  if (type !== undefined) return type;
  if (text !== undefined)
    file.report(text, `${what} cannot be of type "${text.value}"; allowed: ${allowed.join(', ')}`);
  return fallback;
}
