import { StkError } from '@santokit/contract';

/** A PostgreSQL type name taken apart: `numeric(10,2)[]` is name `numeric`, modifiers `[10, 2]`, one array dimension. */
export interface NativeType {
  /** The namespace of a type outside `pg_catalog` and `public`. */
  readonly schema?: string;
  /** The name as the server's catalogue prints it, without quotes: `character varying`, `timestamp with time zone`, `citext`. */
  readonly name: string;
  /** Numbers of the built-in types, words of some extensions' types: `geometry(Point,4326)`. */
  readonly modifiers: readonly (number | string)[];
  readonly isArray: boolean;
}

/**
 * Parses a type name by a strict grammar: an optional namespace, a name (plain, quoted or one of the standard's names of
 * several words), numeric modifiers, `[]`. Anything else, above all further SQL, is refused. Aliases such as `varchar`,
 * `int8` and `timestamptz` come back under the name that `format_type` prints (manual, section 8.1).
 * @throws StkError `BAD_REQUEST`
 */
export function parseNativeType(text: string): NativeType {
  const match = NATIVE_TYPE.exec(text.trim());
  if (match?.groups === undefined) throw invalid(text);
  const { schema, name = '', list, zone, dimensions = '' } = match.groups;
  const modifiers = (list?.split(',') ?? []).map((word) => (/^\s*-?\d+\s*$/.test(word) ? Number(word) : word.trim()));
  const isQuoted = name.startsWith('"');
  const isArray = dimensions !== '';
  if (isQuoted || schema !== undefined) {
    if (zone !== undefined) throw invalid(text);
    const space = schema === undefined ? undefined : unquote(schema);
    if (space === 'pg_catalog' && !isQuoted) return parseNativeType(text.trim().slice((schema ?? '').length + 1));
    const isImplied = space === undefined || space === 'public' || space === 'pg_catalog';
    return { ...(isImplied ? {} : { schema: space }), name: quotedName(name), modifiers, isArray };
  }
  const words = name.toLowerCase().replaceAll(/\s+/g, ' ');
  if (/^(small|big)?serial[248]?$/.test(words))
    throw invalid(text, 'serial is not a type: use `generate: auto_increment`');
  if (zone !== undefined && words !== 'timestamp' && words !== 'time') throw invalid(text);
  const suffix = zone?.toLowerCase().replaceAll(/\s+/g, ' ');
  return canonical(suffix === undefined ? words : `${words} ${suffix}`, modifiers, isArray);
}

/** The text of a type as `format_type` prints it, names quoted where they have to be. */
function formatNativeType(type: NativeType): string {
  return formatBaseType(type, type.modifiers) + (type.isArray ? '[]' : '');
}

/** A pinned type in the form in which the server prints it, so that two spellings of one type compare equal. */
export function canonicalNativeType(text: string): string {
  return formatNativeType(parseNativeType(text));
}

/** Like `formatNativeType`, without array dimensions and with these modifiers. */
export function formatBaseType(type: NativeType, modifiers: NativeType['modifiers']): string {
  const suffix = modifiers.length === 0 ? '' : `(${modifiers.join(',')})`;
  const zoned = /^(timestamp|time) (with|without) time zone$/.exec(type.name);
  if (type.schema === undefined && zoned !== null) return `${zoned[1]}${suffix} ${zoned[2]} time zone`;
  if (type.schema === undefined && /^(double precision|(character|bit) varying|interval .*)$/.test(type.name))
    return type.name + suffix;
  const name = isPlainTypeName(type.name) ? type.name : `"${type.name.replaceAll('"', '""')}"`;
  if (type.schema === undefined) return name + suffix;
  const schema = PLAIN_NAME.test(type.schema) ? type.schema : `"${type.schema.replaceAll('"', '""')}"`;
  return `${schema}.${name}${suffix}`;
}

const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"\\0]|"")+"';
const FIELD = '(?:year|month|day|hour|minute|second)';
const MODIFIER = '\\s*(?:-?\\d{1,9}|[A-Za-z][A-Za-z0-9_]{0,62})\\s*';
const NATIVE_TYPE = new RegExp(
  `^(?:(?<schema>${IDENTIFIER})\\.)?` +
    `(?<name>double\\s+precision|character\\s+varying|char\\s+varying|bit\\s+varying|interval(?:\\s+${FIELD}(?:\\s+to\\s+${FIELD})?)?|${IDENTIFIER})` +
    `\\s*(?:\\((?<list>${MODIFIER}(?:,${MODIFIER}){0,3})\\))?` +
    '(?:\\s+(?<zone>(?:with|without)\\s+time\\s+zone))?' +
    '\\s*(?<dimensions>(?:\\[\\d{0,4}\\])*)$',
  'i',
);
const PLAIN_NAME = /^[a-z_][a-z0-9_$]*$/;

/** Key words that cannot name a type without quotes, and `char`, which then means `character(1)` (manual, appendix C). */
const NAMES_TO_QUOTE = new Set(
  (
    'char all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
    'current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from ' +
    'full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime ' +
    'localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning ' +
    'right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user ' +
    'using variadic verbose when where window with'
  ).split(' '),
);

const ALIASES: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  int2: 'smallint',
  int8: 'bigint',
  float: 'double precision',
  float8: 'double precision',
  float4: 'real',
  bool: 'boolean',
  decimal: 'numeric',
  dec: 'numeric',
  varchar: 'character varying',
  'char varying': 'character varying',
  char: 'character',
  bpchar: 'character',
  varbit: 'bit varying',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  timetz: 'time with time zone',
};

function canonical(words: string, modifiers: NativeType['modifiers'], isArray: boolean): NativeType {
  const name = ALIASES[words] ?? words;
  // `bpchar` without a length is unlimited; `char` and `bit` without one mean a length of 1.
  if (words === 'bpchar' && modifiers.length === 0) return { name: 'bpchar', modifiers, isArray };
  if ((name === 'character' || name === 'bit') && modifiers.length === 0) return { name, modifiers: [1], isArray };
  if (name === 'numeric' && modifiers.length === 1) return { name, modifiers: [...modifiers, 0], isArray };
  if (words === 'float' && modifiers.length === 1)
    return { name: Number(modifiers[0]) <= 24 ? 'real' : 'double precision', modifiers: [], isArray };
  return { name, modifiers, isArray };
}

function isPlainTypeName(name: string): boolean {
  return PLAIN_NAME.test(name) && !NAMES_TO_QUOTE.has(name);
}

function quotedName(name: string): string {
  return name.startsWith('"') ? unquote(name) : name.toLowerCase();
}

function unquote(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase();
}

function invalid(text: string, reason = 'write a type name such as varchar(160), citext or integer[]'): StkError {
  return new StkError('BAD_REQUEST', `Invalid native type ${JSON.stringify(text.slice(0, 100))}: ${reason}`);
}
