import {
  CALL_OPERATIONS,
  type FixtureExpectation,
  type FixtureRow,
  type Json,
  type PermissionFixture,
  type Principal,
  type Problem,
  type ProjectFile,
  parseJson,
  type Schema,
  type Table,
} from '@santokit/contract';
import { isMap, isScalar, type Node } from 'yaml';
import { didYouMean } from '../did-you-mean.ts';
import { readLiteral } from '../schema/literal.ts';
import { type Member, YamlFile } from '../yaml-file.ts';

/** Where permission tests lie. */
export const FIXTURE_FILE = /^tests\/permissions\/[^/]+\.yaml$/;

export interface ReadFixtures {
  readonly fixtures: readonly PermissionFixture[];
  /** All that is wrong; only where it is empty are the fixtures whole. */
  readonly problems: readonly Problem[];
}

/** Reads `tests/permissions/*.yaml` among project files, against the schema that they are about. Does no I/O. */
export function readFixtures(files: readonly ProjectFile[], schema: Schema): ReadFixtures {
  const problems: Problem[] = [];
  const fixtures = files
    .filter(({ path }) => FIXTURE_FILE.test(path))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap((file) => readFile(new YamlFile(file, problems), schema));
  return { fixtures, problems };
}

const KEYS = ['name', 'as', 'call', 'row', 'data', 'params', 'time', 'env', 'expect'];
const CALLER_KEYS = ['sub', 'roles', 'type', 'claims'];
/** An end user whom no row names, for fixtures to which it does not matter who calls. */
const SOMEBODY = 'somebody whom no row names';

function readFile(file: YamlFile, schema: Schema): PermissionFixture[] {
  if (file.root === null) return [];
  const nodes = file.readItems(file.root, 'A file of permission tests') ?? [];
  return nodes.flatMap((node) => readFixture(file, node, schema) ?? []);
}

function readFixture(file: YamlFile, node: Node | null, schema: Schema): PermissionFixture | undefined {
  const members = file.readMapping(node, 'a permission test', KEYS);
  if (members === undefined) return undefined;
  const missing = ['name', 'as', 'call', 'expect'].filter((key) => !members.has(key));
  if (missing.length > 0) return file.report(node, `A permission test needs ${missing.map(quoted).join(', ')}`);
  const at = (key: string) => members.get(key)?.value;
  const name = file.readText(at('name'), '"name"');
  const as = readCaller(file, at('as') ?? null);
  const called = readCall(file, at('call') ?? null, schema);
  if (called === undefined) return undefined;
  const { table, operation } = called;
  const row = members.has('row') ? readRow(file, members.get('row'), table) : undefined;
  const data = members.has('data') ? readRow(file, members.get('data'), table) : undefined;
  const time = members.has('time') ? readLiteral(file, at('time') ?? null, { type: 'timestamp' }, '"time"') : undefined;
  const env = members.has('env') ? file.readText(at('env'), '"env"') : undefined;
  const expect = readExpectation(file, at('expect') ?? null, called);
  if (name === undefined || as === undefined || expect === undefined) return undefined;
  return {
    file: file.path,
    name: name.value,
    as,
    table: table.name,
    operation,
    ...(row === undefined ? {} : { row }),
    ...(data === undefined ? {} : { data }),
    ...(members.has('params') ? { params: plainJson(at('params')) } : {}),
    ...(typeof time === 'string' ? { timeMs: Date.parse(time) } : {}),
    ...(env === undefined ? {} : { env: env.value }),
    expect,
  };
}

function readCaller(file: YamlFile, node: Node | null): Principal | undefined {
  const members = file.readMapping(node, '"as"', CALLER_KEYS);
  if (members === undefined) return undefined;
  const at = (key: string) => members.get(key)?.value;
  const sub = members.has('sub') ? file.readText(at('sub'), '"sub"')?.value : undefined;
  const roles = members.has('roles') ? (file.readTexts(at('roles'), '"roles"') ?? []).map((role) => role.value) : [];
  const isUser = sub !== undefined || roles.includes('authenticated');
  const type = members.has('type')
    ? file.readChoice(at('type'), '"type"', ['user', 'api_key'])
    : isUser
      ? 'user'
      : 'api_key';
  if (type === 'api_key' && isUser)
    return file.report(node, 'An API key has no "sub" and is never "authenticated"; leave them out');
  const claims = members.has('claims') ? readClaims(file, at('claims') ?? null) : {};
  if (type === undefined || claims === undefined) return undefined;
  return { type, sub: type === 'user' ? (sub ?? SOMEBODY) : null, roles, claims };
}

function readClaims(file: YamlFile, node: Node | null): Principal['claims'] | undefined {
  if (!isMap(node)) return file.report(node, '"claims" must be a mapping');
  return plainJson(node) as Principal['claims'];
}

interface Called {
  readonly table: Table;
  readonly operation: (typeof CALL_OPERATIONS)[number];
}

function readCall(file: YamlFile, node: Node | null, schema: Schema): Called | undefined {
  const text = file.readText(node, '"call"');
  if (text === undefined) return undefined;
  const [, name = '', verb = ''] = /^db\/([^/]+)\/([^/]+)$/.exec(text.value) ?? [];
  if (name === '') return file.report(text, '"call" must be db/<table>/<operation>, such as db/posts/select');
  const table = Object.hasOwn(schema, name) ? schema[name] : undefined;
  if (table === undefined)
    return file.report(text, `Table "${name}" is not declared${didYouMean(name, Object.keys(schema))}`);
  const operation = CALL_OPERATIONS.find((known) => known === verb);
  if (operation === undefined)
    return file.report(
      text,
      `"${verb}" is no operation${didYouMean(verb, CALL_OPERATIONS)}; allowed: ${CALL_OPERATIONS.join(', ')}`,
    );
  return { table, operation };
}

function readRow(file: YamlFile, member: Member | undefined, table: Table): FixtureRow | undefined {
  const what = `"${member?.key.value}"`;
  const cells = file.readMembers(member?.value, what);
  if (cells === undefined) return undefined;
  const row: Record<string, Json> = {};
  for (const [name, { key, value }] of cells) {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
    if (column === undefined) {
      file.report(key, `"${table.name}" has no column "${name}"${didYouMean(name, Object.keys(table.columns))}`);
      continue;
    }
    const isNull = value === null || (isScalar(value) && value.value === null);
    const json = isNull ? null : readLiteral(file, value, column, `"${name}"`);
    if (json !== undefined) row[name] = json;
  }
  return row;
}

function readExpectation(
  file: YamlFile,
  node: Node | null,
  { table, operation }: Called,
): FixtureExpectation | undefined {
  if (!isMap(node)) return file.readChoice<'allow' | 'deny'>(node, '"expect"', ['allow', 'deny']);
  const columns = file.readMapping(node, '"expect"', ['columns'])?.get('columns');
  if (columns === undefined) return file.report(node, '"expect" must be allow, deny or { columns: [...] }');
  if (operation === 'delete') return file.report(node, 'A delete has no columns; expect allow or deny');
  const names = file.readTexts(columns.value, '"columns"');
  if (names === undefined) return undefined;
  for (const name of names)
    if (!Object.hasOwn(table.columns, name.value))
      file.report(
        name,
        `"${table.name}" has no column "${name.value}"${didYouMean(name.value, Object.keys(table.columns))}`,
      );
  return { columns: names.map((name) => name.value) };
}

function plainJson(node: Node | null | undefined): Json {
  return node === null || node === undefined ? null : parseJson(JSON.stringify(node.toJSON()));
}

function quoted(word: string): string {
  return `"${word}"`;
}
