import type { Schema } from '@santokit/contract';
import { loadModule, parseSync, scanSync } from 'libpg-query';

await loadModule();

/** What the compiler may call and cast to; all else is a name and stands in quotes. */
const WORDS: ReadonlySet<string> = new Set([
  ...['count', 'sum', 'avg', 'min', 'max', 'json_agg', 'json_build_array', 'jsonb_typeof', 'jsonb_array_length'],
  ...[
    'cardinality',
    'now',
    'gen_random_uuid',
    'concat',
    'left',
    'right',
    'length',
    'char_length',
    'octet_length',
    'abs',
  ],
  ...['starts_with', 'strpos', 'position', 'substring', 'mod', 'trunc', 'div', 'sign', 'round', 'floor', 'date_part'],
  ...['text', 'integer', 'bigint', 'numeric', 'boolean', 'bool', 'jsonb', 'json', 'uuid', 'date', 'bytea', 'bpchar'],
  ...[
    'timestamptz',
    'interval',
    'float8',
    'float4',
    'int4',
    'int8',
    'int2',
    'varchar',
    'unnest',
    'excluded',
    'array_position',
  ],
  ...[
    'any',
    'all',
    'jsonb_array_elements_text',
    'jsonb_array_elements',
    'array_length',
    'ordinality',
    'convert_to',
    'isfinite',
  ],
]);
/** Texts that the compiler itself writes: what a statement says when it makes itself fail, and the names of collations. */
const OWN_TEXT = /^stk_(check_failed|too_many_rows|out_of_bounds_\d+)$/;
/** The ends of 64 bits, beyond which arithmetic is an error. */
const OWN_NUMBERS: ReadonlySet<string> = new Set(['-9223372036854775808', '9223372036854775807']);
/** Names of subqueries that stand in expressions. */
const OWN_WORDS = /^[a-z]$/;
const OWN_ALIAS = /^([a-z]|t\d+|c\d+|rows?|list|total|count|present|written|n|u|excluded|xmax)$/;
/** Numbers that may stand in a text: of rules and limits, and those of the compiler's own arithmetic. */
const MOST_NUMBER = 1_000_000;

/**
 * What is wrong with a generated statement, by PostgreSQL's own parser: it must be one statement, in which no value but the compiler's own
 * stands, every table and column is one of the schema (or a figure that the call names), and every name is quoted.
 */
export function faultsOf(text: string, schema: Schema, named: readonly string[] = []): string[] {
  const { stmts = [] } = parseSync(text);
  if (stmts.length !== 1) return [`${stmts.length} statements`];
  const tables = new Set(Object.keys(schema));
  const names = new Set([...Object.values(schema).flatMap((table) => Object.keys(table.columns)), ...tables, ...named]);
  const faults: string[] = [];
  walk(stmts, (kind, node) => {
    if (kind === 'A_Const') faults.push(...constantFaults(node));
    if (kind === 'RangeVar' && !tables.has(String(node.relname)) && node.relname !== 'written')
      faults.push(`table ${node.relname}`);
    if (kind === 'ColumnRef')
      for (const field of partsOf(node.fields))
        if (!names.has(field) && !OWN_ALIAS.test(field)) faults.push(`column ${field}`);
  });
  return [...faults, ...tokenFaults(text)];
}

function constantFaults(node: Node): string[] {
  const text = (node.sval as { sval?: string } | undefined)?.sval;
  if (text !== undefined) return OWN_TEXT.test(text) ? [] : [`text ${text}`];
  const large = (node.fval as { fval?: string } | undefined)?.fval;
  if (large !== undefined) return OWN_NUMBERS.has(large) ? [] : [`number ${large}`];
  const number = (node.ival as { ival?: number } | undefined)?.ival ?? 0;
  return Math.abs(number) > MOST_NUMBER ? [`number ${number}`] : [];
}

/** Words that are neither keywords nor quoted nor the compiler's own; comments; a second statement. */
function tokenFaults(text: string): string[] {
  return scanSync(text).tokens.flatMap(({ tokenName, text: word }) => {
    if (tokenName === 'SQL_COMMENT' || tokenName === 'C_COMMENT' || word === ';') return [`token ${word}`];
    return tokenName === 'IDENT' && !word.startsWith('"') && !WORDS.has(word) && !OWN_WORDS.test(word)
      ? [`unquoted ${word}`]
      : [];
  });
}

type Node = Readonly<Record<string, unknown>>;

function walk(value: unknown, visit: (kind: string, node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (value !== null && typeof value === 'object')
    for (const [kind, inner] of Object.entries(value)) {
      if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) visit(kind, inner as Node);
      walk(inner, visit);
    }
}

function partsOf(fields: unknown): string[] {
  if (!Array.isArray(fields)) return [];
  return fields.flatMap((field: { String?: { sval?: string } }) => field.String?.sval ?? []);
}
