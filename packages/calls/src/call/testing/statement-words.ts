/**
 * All that a generated statement may hold beside names and parameters, by the kind of thing that it is. Every one of them is written by
 * the compiler somewhere: what is not in use is not allowed either.
 */
export function statementWords(): ReadonlySet<string> {
  return new Set([
    ...words('operator', OPERATORS),
    ...words('function', FUNCTIONS),
    ...words('type', TYPES),
    ...words('number', NUMBERS),
    ...words('text', TEXTS),
    ...words('node', NODES),
    ...words('token', `${SIGNS} ${KEYWORDS} ${CALLED} ${OWN_NAMES}`),
    'boolean true',
    'boolean false',
    'collation C',
    'null',
  ]);
}

/** What is added where rows that are written cause entries of the outbox. */
export function outboxWords(): ReadonlySet<string> {
  return new Set([
    ...words('operator', OUTBOX_OPERATORS),
    ...words('function', OUTBOX_FUNCTIONS),
    ...words('type', OUTBOX_TYPES),
    ...words('text', OUTBOX_TEXTS),
    ...words('token', `${OUTBOX_TOKENS} ${OUTBOX_FUNCTIONS}`),
  ]);
}

function words(kind: string, list: string): string[] {
  return list
    .trim()
    .split(/\s+/)
    .map((word) => `${kind} ${word}`);
}

/** As the parser calls them: `~~` is `like`. */
const OPERATORS = '#> #>> * + - / < <= <> = > >= @> BETWEEN || ~~ ~~*';
/** `at time zone` is `timezone` to the parser. */
const FUNCTIONS = `
  abs array_length array_position avg bool_or char_length concat count div json_agg json_build_array jsonb_array_length
  jsonb_typeof left max min mod now octet_length pg_catalog.extract pg_catalog.timezone right scale sign starts_with strpos sum texteq trim_scale trunc unnest`;
const TYPES = `
  bpchar bpchar[] bytea bytea[] date date[] float8 float8[] jsonb jsonb[] pg_catalog.bool pg_catalog.bool[] pg_catalog.float8
  pg_catalog.float8[] pg_catalog.int4 pg_catalog.int4[] pg_catalog.int8 pg_catalog.int8[] pg_catalog.numeric pg_catalog.numeric[]
  pg_catalog.timestamp pg_catalog.timestamp[] pg_catalog.timestamptz pg_catalog.timestamptz[] text text[] timestamptz
  timestamptz[] uuid uuid[]`;
/** Ends of ranges within which arithmetic is done; none is of a call. Numbers of rows are told apart: see `Vocabulary`. */
const NUMBERS = `
  -1e19 -315576000000000000 -62135596800000000 -9223372036854775808 0 1 1000 1000000 1e+150 1e+300 1e-150 1e1000 1e19 2
  253402300799999999 315576000000000000 9223372036854775807 9223372036854775808`;
/** What a statement says when it makes itself fail, and what expressions of rules are translated with. */
const TEXTS = `
  -Infinity Infinity NaN UTC array epoch null stk_answer_size stk_check_failed stk_out_of_bounds_ stk_too_many_rows`;
/** What PostgreSQL's parser makes of the text: no kind of statement or expression but these. */
const NODES = `
  A_ArrayExpr A_Const A_Expr BoolExpr BooleanTest CaseExpr CaseWhen CoalesceExpr CollateClause ColumnRef CommonTableExpr
  DeleteStmt FuncCall IndexElem InsertStmt Integer JoinExpr List NullTest ParamRef RangeFunction RangeSubselect RangeVar ResTarget
  RowExpr SelectStmt SortBy String SubLink TypeCast UpdateStmt`;
const SIGNS = '#> #>> ( ) * + , - . / :: < <= <> = > >= @> [ ] ||';
const KEYWORDS = `
  all and any array as asc at between bigint boolean bpchar by bytea case coalesce collate conflict date delete desc distinct do
  double else end epoch exists false first float8 from group ilike in insert integer into is join jsonb last lateral like limit
  not null nullif nulls numeric offset on or order ordinality precision returning select set text then time timestamp timestamptz
  true update uuid values when where with without zone`;
/** Functions as they are written. */
const CALLED = `
  abs array_length array_position avg bool_or char_length concat count div extract json_agg json_build_array jsonb_array_length
  jsonb_typeof left max min mod now octet_length right scale sign starts_with strpos sum texteq trim_scale trunc unnest`;
/** Names within expressions of rules. */
const OWN_NAMES = 'a b c n p';

const OUTBOX_OPERATORS = '-> ->> ~';
const OUTBOX_FUNCTIONS = 'decode encode jsonb_build_object regexp_replace to_jsonb translate';
const OUTBOX_TYPES = 'text[]';
const OUTBOX_TEXTS = 'stk_payload_size';
const OUTBOX_TOKENS = '-> ->> ~';
