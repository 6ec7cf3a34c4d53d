import { type Json, objectKeyFault, parseJson, type ValueSpec } from '@santokit/contract';
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { YamlFile } from '../yaml-file.ts';
import { compareDecimals, plainDecimal, readDecimalText } from './decimal-text.ts';

/** Reads a literal (a default, an entry of `enum`) in the JSON form of its type; reports what does not fit. */
export function readLiteral(file: YamlFile, node: Node | null, spec: ValueSpec, what: string): Json | undefined {
  const value = jsonForm(node, spec, (item, items) => readLiteral(file, item, items, `An element of ${what}`));
  if (value === undefined) return file.report(node, `${what} is not a valid ${spec.type}: ${EXPECTED[spec.type]}`);
  const fault = faultOf(value, spec);
  return fault === undefined ? value : file.report(node, `${what} ${fault}`);
}

const EXPECTED: Readonly<Record<ValueSpec['type'], string>> = {
  string: 'text is expected (quote numbers and words such as yes and null)',
  int: 'a whole number of 32 bits is expected',
  bigint: 'a whole number of 64 bits is expected',
  float: 'a number is expected',
  decimal: 'a decimal number is expected, best quoted: "0.01"',
  boolean: 'true or false is expected',
  json: 'any JSON value is expected',
  timestamp: 'an RFC 3339 instant is expected, such as "2027-01-31T12:00:00Z"',
  date: 'a day is expected, such as "2027-01-31"',
  uuid: 'a UUID is expected',
  bytes: 'base64 text is expected',
  file: 'a storage key is expected',
  array: 'a list is expected',
};

type ReadItem = (node: Node | null, items: ValueSpec) => Json | undefined;

function jsonForm(node: Node | null, spec: ValueSpec, readItem: ReadItem): Json | undefined {
  const scalar = isScalar(node) ? node.value : undefined;
  const text = typeof scalar === 'string' ? scalar : undefined;
  switch (spec.type) {
    case 'string':
    case 'file':
      return text;
    case 'int':
      return typeof scalar === 'number' && Number.isInteger(scalar) && Math.abs(scalar + 0.5) < 2 ** 31
        ? scalar
        : undefined;
    case 'bigint':
      return bigintText(readDecimalText(node));
    case 'float':
      return typeof scalar === 'number' && Number.isFinite(scalar) ? scalar : undefined;
    case 'decimal':
      return readDecimalText(node);
    case 'boolean':
      return typeof scalar === 'boolean' ? scalar : undefined;
    case 'json':
      return plainJson(node);
    case 'timestamp':
      return text !== undefined && RFC3339.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
    case 'date':
      return text !== undefined && isDay(text) ? text : undefined;
    case 'uuid':
      return text !== undefined && UUID.test(text) ? text.toLowerCase() : undefined;
    case 'bytes':
      return text !== undefined && Buffer.from(text, 'base64').toString('base64') === text ? text : undefined;
    case 'array':
      return isSeq(node) ? listForm(node.items as (Node | null)[], spec.items, readItem) : undefined;
  }
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

function bigintText(text: string | undefined): string | undefined {
  if (text === undefined || text.includes('.')) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value.toString() : undefined;
}

function listForm(
  nodes: readonly (Node | null)[],
  items: ValueSpec | undefined,
  readItem: ReadItem,
): Json[] | undefined {
  if (items === undefined) return undefined;
  return nodes.flatMap((node) => {
    const value = readItem(node, items);
    return value === undefined ? [] : [value];
  });
}

function plainJson(node: Node | null): Json | undefined {
  if (node === null) return null;
  if (!isScalar(node) && !isSeq(node) && !isMap(node)) return undefined;
  return parseJson(JSON.stringify(node.toJSON()));
}

/** What a value in the right JSON form still breaks. */
function faultOf(value: Json, spec: ValueSpec): string | undefined {
  if (spec.enum !== undefined && !spec.enum.includes(value)) return `is not one of the values of "enum"`;
  if (typeof value === 'string' && (spec.type === 'string' || spec.type === 'file')) {
    const length = [...value].length;
    if (spec.maxLength !== undefined && length > spec.maxLength)
      return `is longer than "maxLength" (${spec.maxLength})`;
    if (spec.minLength !== undefined && length < spec.minLength)
      return `is shorter than "minLength" (${spec.minLength})`;
    const keyFault = spec.type === 'file' ? objectKeyFault(value) : undefined;
    if (keyFault !== undefined) return `is no storage key: it ${keyFault}`;
  }
  if (spec.min !== undefined && compareDecimals(numberText(value), spec.min) < 0)
    return `is less than "min" (${spec.min})`;
  if (spec.max !== undefined && compareDecimals(numberText(value), spec.max) > 0)
    return `is greater than "max" (${spec.max})`;
  if (spec.type === 'decimal' && spec.precision !== undefined)
    return digitsFault(String(value), spec.precision, spec.scale ?? 0);
  return undefined;
}

function digitsFault(text: string, precision: number, scale: number): string | undefined {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const wholeDigits = whole === '0' ? 0 : whole.length;
  return fraction.length > scale || wholeDigits > precision - scale
    ? `has more digits than decimal(${precision},${scale})`
    : undefined;
}

function numberText(value: Json): string {
  return plainDecimal(String(value));
}
