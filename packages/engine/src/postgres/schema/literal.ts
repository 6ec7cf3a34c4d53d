import { type Json, parseJson, type ValueSpec } from '@santokit/contract';

/** A constant of a default's expression, as text; null is SQL's NULL. */
export type Constant = string | null;

type LiteralColumn = Pick<ValueSpec, 'type' | 'items'> & { readonly native?: string };

/**
 * The constant that an expression printed by the server is, under any casts and parentheses: `('draft'::character varying)::text`.
 * Undefined for everything that has to be computed.
 */
export function constantOf(expression: string): Constant | undefined {
  const text = withoutOuterParentheses(expression.trim());
  const string = /^'((?:[^']|'')*)'$/s.exec(text);
  if (string !== null) return (string[1] ?? '').replaceAll("''", "'");
  if (/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text) || /^(true|false)$/i.test(text)) return text;
  if (/^null$/i.test(text)) return null;
  if (/^array\[\]$/i.test(text)) return '{}';
  const cast = /^(.+)::(?:[a-z_"][\w\s".$]*)(?:\([\d,]+\))?(?: with(?:out)? time zone)?(?:\[\])*$/is.exec(text);
  return cast?.[1] === undefined ? undefined : constantOf(cast[1]);
}

/** The JSON form of a constant in this column; undefined where it has none. */
export function literalOf(column: LiteralColumn, constant: string): Json | undefined {
  switch (column.type) {
    case 'string':
    case 'file':
      return constant;
    case 'int':
      return /^-?\d+$/.test(constant) ? Number(constant) : undefined;
    case 'bigint':
      return /^-?\d+$/.test(constant) ? constant : undefined;
    case 'decimal':
      return /^-?\d+(\.\d+)?$/.test(constant) ? constant : undefined;
    case 'float':
      return constant !== '' && Number.isFinite(Number(constant)) ? Number(constant) : undefined;
    case 'boolean':
      return /^(t|true)$/i.test(constant) ? true : /^(f|false)$/i.test(constant) ? false : undefined;
    case 'timestamp':
      return timestampLiteral(constant);
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(constant) ? constant : undefined;
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(constant) ? constant.toLowerCase() : undefined;
    case 'bytes':
      return /^\\x([0-9a-f]{2})*$/i.test(constant)
        ? Buffer.from(constant.slice(2), 'hex').toString('base64')
        : undefined;
    case 'json':
      return jsonOf(constant);
    case 'array':
      return column.native?.endsWith('[]') ? (constant === '{}' ? [] : undefined) : jsonOf(constant);
  }
}

/** A value of the column in the server's notation. */
export function literalText(column: LiteralColumn, value: Json): string {
  switch (column.type) {
    case 'json':
    case 'array':
      return JSON.stringify(value);
    case 'bytes':
      return `\\x${Buffer.from(String(value), 'base64').toString('hex')}`;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

/** An array in the server's notation: `{"a","b",NULL}` (manual, section 8.15.2). */
export function arrayText(column: LiteralColumn, value: Json): string {
  const items = column.items ?? { type: 'string' };
  if (!Array.isArray(value)) return literalText(column, value);
  const element = (item: Json): string => {
    if (item === null) return 'NULL';
    if (Array.isArray(item)) return arrayText(items, item);
    return `"${literalText(items, item).replaceAll(/["\\]/g, '\\$&')}"`;
  };
  return `{${value.map(element).join(',')}}`;
}

/** One text for all spellings of a value, to compare by. */
export function canonicalLiteral(column: LiteralColumn, value: Json): string {
  switch (column.type) {
    case 'int':
    case 'bigint':
    case 'decimal':
      return canonicalNumber(String(value));
    case 'float':
      return String(Number(value));
    case 'uuid':
      return String(value).toLowerCase();
    case 'timestamp':
      return canonicalTimestamp(String(value));
    case 'bytes':
      return Buffer.from(String(value), 'base64').toString('hex');
    case 'json':
    case 'array':
      return JSON.stringify(sortedKeys(value));
    default:
      return String(value);
  }
}

function canonicalNumber(text: string): string {
  const match = /^([-+]?)0*(\d+?)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = ''] = match;
  const digits = fraction === '' ? `${whole}` : `${whole}.${fraction}`;
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

function canonicalTimestamp(text: string): string {
  const match = /^(.+?)(?:\.(\d+))?(Z|[-+]\d\d:\d\d)?$/i.exec(text);
  const seconds = Date.parse(`${match?.[1] ?? text}${match?.[3] ?? 'Z'}`);
  return Number.isNaN(seconds) ? text : `${seconds}.${(match?.[2] ?? '').replace(/0+$/, '')}`;
}

/** Introspection runs in UTC, so an offset other than zero does not occur. */
function timestampLiteral(constant: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?)?$/.exec(constant);
  return match === null ? undefined : `${match[1]}T${match[2] ?? '00:00:00'}Z`;
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortedKeys(item)]));
}

/** `((a))` is `a`, but `(a)::b` and `(a) + (b)` stay. */
function withoutOuterParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length - 1; index++) {
    const character = text[index];
    if (character === "'") isString = !isString;
    if (isString) continue;
    if (character === '(') depth++;
    if (character === ')' && --depth === 0) return text;
  }
  return withoutOuterParentheses(text.slice(1, -1).trim());
}
