import type { CheckRules } from './check-rules.ts';
import { quoteIdentifier } from './identifier.ts';

/**
 * The rules that a check's expression stands for, as the server prints what `checkCondition` wrote; undefined for every other
 * expression. Values are as printed.
 */
export function readCheck(expression: string, column: string): CheckRules | undefined {
  const part = partPattern(column);
  const single = new RegExp(`^\\((?:${part})\\)$`, 's').exec(expression);
  if (single?.groups !== undefined) return rulesOf(single.groups);
  if (!expression.startsWith('((') || !expression.endsWith('))')) return undefined;
  const list = expression.slice(1, -1);
  const next = new RegExp(`\\((?:${part})\\)(?: AND |$)`, 'sy');
  let rules: CheckRules = {};
  while (next.lastIndex < list.length) {
    const found = next.exec(list);
    const one = found?.groups === undefined ? undefined : rulesOf(found.groups);
    if (one === undefined || Object.keys(one).some((key) => Object.hasOwn(rules, key))) return undefined;
    rules = { ...rules, ...one };
  }
  return rules;
}

/** One condition; the server quotes the name of the column, and says the types, only where it has to. */
function partPattern(column: string): string {
  const quoted = quoteIdentifier(column).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const name = /^[a-z_][a-z0-9_$]*$/.test(column) ? `(?:${quoted}|${column.replaceAll('$', '\\$')})` : quoted;
  const value = `(?:${name}|\\(${name}\\)::[a-z ]+)`;
  const number = `(?:'-?[\\d.]+(?:e[-+]\\d+)?'::[a-z ]+|\\d[\\d.]*)`;
  return [
    `${value} = ANY \\('(?<values>(?:[^']|'')*)'::[a-z ]+\\[\\]\\)`,
    `char_length\\(${value}\\) (?<lengthOperator>>=|<=) (?<length>'?\\d+'?(?:::bigint)?)`,
    `${value} (?<operator>>=|<=) (?<bound>${number})`,
  ].join('|');
}

function rulesOf(groups: Readonly<Record<string, string | undefined>>): CheckRules | undefined {
  const { values, lengthOperator, length = '', operator, bound = '' } = groups;
  if (values !== undefined) {
    const list = listOf(values.replaceAll("''", "'"));
    return list === undefined ? undefined : { enum: list };
  }
  const digits = (text: string) => text.replace(/^'(.*)'.*$/, '$1').replace(/::.*$/, '');
  if (lengthOperator !== undefined) {
    return { [lengthOperator === '>=' ? 'minLength' : 'maxLength']: Number(digits(length)) };
  }
  return { [operator === '>=' ? 'min' : 'max']: digits(bound) };
}

/** The elements of an array in the server's notation; undefined where one of them is null. */
function listOf(text: string): string[] | undefined {
  const element = /(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^",{}\\]+))(?:,|$)/sy;
  const inner = text.slice(1, -1);
  const list: string[] = [];
  while (element.lastIndex < inner.length) {
    const groups = element.exec(inner)?.groups;
    if (groups === undefined || groups.plain === 'NULL') return undefined;
    list.push(groups.plain ?? (groups.quoted ?? '').replaceAll(/\\(.)/gs, '$1'));
  }
  return list;
}
