import type { LogicParam } from '@santokit/contract';
import type { Node } from 'yaml';
import type { LogicParamSource } from '../logic-source.ts';
import { readDefault } from '../schema/read-column.ts';
import { readValueSpec, VALUE_SPEC_KEYS } from '../schema/value-spec.ts';
import type { Member, YamlFile } from '../yaml-file.ts';

const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** Names that stand for something else behind a colon. */
const TAKEN = ['auth', 'now', 'env', 'event', 'result', '__proto__'];
const PARAM_KEYS = [...VALUE_SPEC_KEYS, 'nullable', 'default', 'description'];

/** In the place of one that cannot be read, so that no use of it is reported, too. */
const MISDECLARED: LogicParam = { type: 'string', nullable: true };

/** Reads `params` of a logic file; undefined where none can be told from another. */
export function readLogicParams(file: YamlFile, node: Node | null | undefined): LogicParamSource[] | undefined {
  if (node === null) return [];
  const members = file.readMembers(node, '"params"');
  if (members === undefined) return undefined;
  return [...members.values()].flatMap((member) => {
    const { key } = member;
    if (!PARAM_NAME.test(key.value))
      return file.report(key, `"${key.value}" is no name of a param: letters, digits and "_", at most 63`) ?? [];
    if (TAKEN.includes(key.value))
      return file.report(key, `"${key.value}" cannot be the name of a param: ${TAKEN.join(', ')} have a meaning`) ?? [];
    const param = readParam(file, member) ?? MISDECLARED;
    return [{ file: key.file, line: key.line, column: key.column, name: key.value, param }];
  });
}

function readParam(file: YamlFile, { key, value: node }: Member): LogicParam | undefined {
  const members = file.readMapping(node, `param "${key.value}"`, PARAM_KEYS);
  if (members === undefined) return undefined;
  const spec = readValueSpec(file, members, node);
  if (spec === undefined) return undefined;
  const value = (name: string) => members.get(name)?.value;
  const nullable = (members.has('nullable') && file.readBoolean(value('nullable'), '"nullable"')) || false;
  const fallback = readDefault(file, members, spec, nullable);
  const description = members.has('description')
    ? file.readText(value('description'), '"description"')?.value
    : undefined;
  return {
    ...spec,
    nullable,
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(description === undefined ? {} : { description }),
  };
}
