import { LOGIC_TRANSACTIONS, type Problem, type ProjectFile } from '@santokit/contract';
import { isSeq, type Node } from 'yaml';
import { parseDurationMs } from '../config/quantities.ts';
import type { SqlLogicSource } from '../logic-source.ts';
import { type Located, type Member, YamlFile } from '../yaml-file.ts';
import { splitFrontMatter } from './front-matter.ts';
import { readLogicParams } from './read-logic-params.ts';
import { readPublish } from './read-publish.ts';

export const SQL_LOGIC_FILE = /^logics\/.+\.sql$/;

const KEYS = ['description', 'roles', 'condition', 'params', 'connection', 'timeout', 'transaction', 'publish'];
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*(\/[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;
const MOST_CHARACTERS = 128 * 1024;

/** Reads `logics/**\/*.sql`: the front matter; the SQL is left as it stands. Undefined where the file cannot be taken apart. */
export function readSqlLogic(file: ProjectFile, problems: Problem[]): SqlLogicSource | undefined {
  const report = (message: string): undefined => {
    problems.push({ file: file.path, line: 1, column: 1, message });
  };
  const name = file.path.slice('logics/'.length, -'.sql'.length);
  if (!NAME.test(name) || name.split('/').includes('__proto__'))
    return report(
      'The path of a logic file is made of letters, digits, "_" and "-": it is the name by which it is called',
    );
  if (file.content.length > MOST_CHARACTERS) return report(`A logic file has at most ${MOST_CHARACTERS} characters`);
  if (file.content.includes('\0')) return report('A NUL character; the file must be UTF-8 text');
  const parts = splitFrontMatter(file.content);
  if (parts === undefined) return report('The front matter has no end: a line of "---" must follow it');
  const at = { file: file.path, line: 1, column: 1 };
  return {
    name,
    at,
    ...readFrontMatter({ path: file.path, content: parts.yaml ?? '' }, problems),
    sql: parts.body,
    sqlLine: parts.bodyLine,
  };
}

function readFrontMatter(
  yaml: ProjectFile,
  problems: Problem[],
): Omit<SqlLogicSource, 'name' | 'at' | 'sql' | 'sqlLine'> {
  const before = problems.length;
  const file = new YamlFile(yaml, problems);
  const members: ReadonlyMap<string, Member> =
    (file.root === null ? undefined : file.readMapping(file.root, 'the front matter', KEYS)) ?? new Map();
  const isAllKnown = problems.length === before;
  const given = <T>(key: string, read: (node: Node | null | undefined) => T | undefined): T | undefined =>
    members.has(key) ? read(members.get(key)?.value) : undefined;
  const description = given('description', (node) => file.readText(node, '"description"')?.value);
  const roles = given('roles', (node) => readRoles(file, node));
  const condition = given('condition', (node) => file.readExpression(node, '"condition"'));
  const timeoutMs = given('timeout', (node) => readTimeout(file, node));
  const transaction = given('transaction', (node) => file.readChoice(node, '"transaction"', LOGIC_TRANSACTIONS));
  const connection = given('connection', (node) => file.readText(node, '"connection"'));
  // Where there are none, they may stand under a name that is misspelt, or in what could not be read.
  const none = isAllKnown ? [] : undefined;
  const params = members.has('params') ? readLogicParams(file, members.get('params')?.value) : none;
  return {
    ...(description === undefined ? {} : { description }),
    ...(roles === undefined ? {} : { roles }),
    ...(condition === undefined ? {} : { condition }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(params === undefined ? {} : { params }),
    connection: connection ?? { value: 'main', ...file.positionOf(file.root) },
    transaction: transaction ?? 'read_committed',
    publish: given('publish', (node) => readPublish(file, node)) ?? [],
  };
}

function readRoles(file: YamlFile, node: Node | null | undefined): Located[] | undefined {
  const roles = file.readTexts(node, '"roles"');
  if (roles?.length === 0 && isSeq(node) && node.items.length === 0)
    return file.report(node, '"roles" is empty: nobody could call it; take it away or name a role');
  for (const role of roles ?? []) if (role.value.trim() === '') file.report(role, 'A role must not be empty');
  return roles;
}

function readTimeout(file: YamlFile, node: Node | null | undefined): number | undefined {
  const text = file.readText(node, '"timeout"', 'a duration such as 500ms or 5s');
  if (text === undefined) return undefined;
  const timeoutMs = parseDurationMs(text.value);
  return timeoutMs === null || timeoutMs <= 0
    ? file.report(text, '"timeout" must be a duration such as 500ms or 5s')
    : timeoutMs;
}
