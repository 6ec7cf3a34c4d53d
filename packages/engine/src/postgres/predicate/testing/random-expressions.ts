import type { Column, Json, RequestContext, Table } from '@santokit/contract';
import fc from 'fast-check';

/** A table with a column of every kind that expressions know, some of them as databases that were adopted store them. */
export const THINGS: Table = {
  name: 'things',
  connection: 'main',
  key: { columns: ['id'], generate: 'client' },
  indexes: [],
  relations: {},
  columns: Object.fromEntries([
    column('id', 'int', { nullable: false }),
    column('i', 'int'),
    column('big', 'bigint'),
    column('j', 'int', { nullable: false }),
    column('f', 'float'),
    column('single', 'float', { native: 'real' }),
    column('d', 'decimal'),
    column('s', 'string'),
    column('r', 'string', { nullable: false }),
    column('v', 'string', { native: 'character varying(40)' }),
    column('p', 'string', { native: 'character(4)' }),
    // Collations: by code point, of two languages, and one to which case and accents are the same.
    column('c', 'string'),
    column('en', 'string'),
    column('tr', 'string', { native: 'character varying(40)' }),
    column('same', 'string'),
    column('pad', 'string', { native: 'character(4)' }),
    column('b', 'boolean'),
    column('at', 'timestamp'),
    column('local', 'timestamp', { native: 'timestamp without time zone' }),
    column('u', 'uuid'),
    column('day', 'date'),
    column('tags', 'array', { items: { type: 'string' } }),
    column('words', 'array', { items: { type: 'string' }, native: 'text[]' }),
    column('alike', 'array', { items: { type: 'string' }, native: 'text[]' }),
  ]),
};

export const THINGS_DDL = `create collation same (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
create table things (id integer primary key, i integer, big bigint, j integer not null, f double precision, single real, d numeric,
  s text, r text not null, v varchar(40) collate "en-x-icu", p character(4),
  c text collate "C", en text collate "en-US-x-icu", tr varchar(40) collate "tr-x-icu", same text collate same, pad character(4) collate same,
  b boolean, at timestamptz, local timestamp, u uuid, day date, tags jsonb, words text[], alike text[] collate same)`;

function column(name: string, type: Column['type'], rest: Partial<Column> = {}): [string, Column] {
  return [name, { name, type, nullable: true, ...rest }];
}

const UUID = '0190f3a2-7c1e-4b1a-9f00-0123456789ab';
const text = fc.constantFrom(
  ...[
    '',
    'a',
    'A',
    'ab',
    'AB',
    'i',
    'I',
    'ı',
    'İ',
    'é',
    'e\u0301',
    '\u{1F600}',
    '\uFFFD',
    '\uE000',
    'draft',
    '%',
    '_',
    '\\',
    "'",
    '1',
  ],
  ...[UUID, '2024-02-29', '2024-01-01T00:00:00Z', '90m'],
);
const ints = fc.constantFrom(0, 1, -1, 2, 7, 2_147_483_647, -2_147_483_648);
const doubles = fc.constantFrom(0, 1, -1, 0.1, 1.5, 1e300, -1e-300, 9_007_199_254_740_992, 19.99, 2 ** 63);
const bigs = fc.constantFrom(
  ...['0', '1', '-1', '9223372036854775807', '-9223372036854775808', '4611686018427387904', '9007199254740993'],
);
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 3 });

/** A row in the JSON form of answers, without its `id`. */
export const row: fc.Arbitrary<Record<string, Json>> = fc.record({
  i: nullable(ints),
  big: nullable(bigs),
  j: ints,
  f: nullable(doubles),
  single: nullable(fc.constantFrom(0, 0.1, 1.5)),
  d: nullable(fc.constantFrom('0', '1', '0.1', '-1.50', '19.99', '123456789012345678901234567890.123456789')),
  s: nullable(text),
  r: text,
  v: nullable(text),
  p: nullable(fc.constantFrom('abcd', 'dcba', 'a   ')),
  c: nullable(text),
  en: nullable(text),
  tr: nullable(text),
  same: nullable(text),
  pad: nullable(fc.constantFrom('abcd', 'ABCD', 'a   ', 'A   ')),
  b: nullable(fc.boolean()),
  at: nullable(fc.constantFrom('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000001Z', '9999-12-31T23:59:59Z')),
  local: nullable(fc.constantFrom('2024-01-01T00:00:00Z', '1999-12-31T23:59:59.5Z', '0001-01-01T00:00:00Z')),
  u: nullable(fc.constantFrom(UUID, '00000000-0000-4000-8000-000000000000')),
  day: nullable(fc.constantFrom('2024-02-29', '1999-12-31')),
  tags: nullable(fc.array(text, { maxLength: 3 })),
  words: nullable(fc.array(nullable(text), { maxLength: 3 })),
  alike: nullable(fc.array(nullable(text), { maxLength: 3 })),
});

const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.constantFrom('\0', 'a\0', 'a\0b', 'a\uD83D', '\uDE00'),
  ints,
  doubles,
  fc.boolean(),
  fc.constant(null),
);
const anyJson: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(text, scalar, { maxKeys: 3 }) },
);

export const request: fc.Arbitrary<RequestContext> = fc.record({
  auth: fc.record({
    type: fc.constantFrom('user' as const, 'api_key' as const),
    sub: nullable(text),
    roles: fc.array(text, { maxLength: 3 }),
    claims: fc.dictionary(fc.constantFrom('x', 'y'), anyJson),
  }),
  params: fc.record({ x: anyJson, y: scalar, list: fc.array(scalar, { maxLength: 4 }) }, { requiredKeys: ['x'] }),
  timeMs: fc.constantFrom(0, Date.UTC(2024, 0, 1)),
  env: fc.constantFrom('dev', 'prod'),
});

const NUMBERS = [
  ...['0', '1', '2', '-1', '1.5', '0.1', '19.99', '9223372036854775807', 'resource.i', 'resource.big', 'resource.j'],
  ...['resource.f', 'resource.single', 'resource.d', 'request.params.x', 'request.auth.claims.y', 'size(resource.s)'],
  ...['size(resource.tags)', 'size(resource.words)', 'size(request.auth.roles)'],
];
const TEXTS = [
  ...[
    '"a"',
    '""',
    '"é"',
    '"a\\u0000"',
    `"${UUID}"`,
    '"2024-02-29"',
    'resource.s',
    'resource.r',
    'resource.v',
    'resource.p',
  ],
  ...['resource.c', 'resource.en', 'resource.tr', 'resource.same', 'resource.same', 'resource.pad', '"AB"', '"i"'],
  ...['resource.u', 'resource.day', 'request.auth.sub', 'request.env', 'request.params.x', 'request.params.y'],
];
const INSTANTS = [
  ...[
    'resource.at',
    'resource.local',
    'request.time',
    'timestamp("2024-01-01T00:00:00Z")',
    'timestamp(request.params.x)',
  ],
];
const DURATIONS = ['duration("90m")', 'duration("-1us")', 'duration(request.params.y)', 'duration("2500000h")'];
const LISTS = [
  ...[
    'request.auth.roles',
    'request.params.list',
    'request.params.x',
    '["a", "", "é", null]',
    '[1, 2.0, 19.99, 0.1]',
    '[]',
  ],
  ...[`["${UUID}", "2024-02-29"]`, '[timestamp("2024-01-01T00:00:00Z")]', '[resource.s, resource.v, request.params.y]'],
  ...['[resource.i, resource.j / resource.i]', '[resource.b, true]', 'resource.tags', 'resource.words'],
  ...['resource.alike', '["A", "AB", "I", "e"]', '[resource.tr, resource.same, resource.c]'],
];
const CONDITIONS = [
  ...['resource.b', 'true', 'false', 'request.params.x', 'has(resource.s)', 'has(resource.f)', 'has(request.params.y)'],
  ...['resource.r == "a"', 'resource.tags == null', 'request.auth.roles.exists(e, e.matches("^a"))'],
];
const BODIES = [
  ...['e == resource.s', 'e != resource.i', 'resource.r.startsWith(e)', 'e == "a" || resource.b', 'e in resource.tags'],
  ...['e < resource.v', 'e + resource.j > 2', 'resource.s in [e, "a"]', 'e.matches("a|1") && has(resource.s)', 'e > 1'],
  ...[
    'e == resource.same',
    'e < resource.en',
    'e in resource.alike',
    'resource.same.endsWith(e)',
    'resource.tr in [e, "I"]',
  ],
];

/** CEL texts, most of them well typed; those that the compiler refuses are refused at apply. */
export const { condition } = fc.letrec<
  Record<'condition' | 'number' | 'text' | 'instant' | 'duration' | 'any', string>
>((tie) => {
  const leaf = (...texts: string[]) => ({ weight: 4, arbitrary: fc.constantFrom(...texts) });
  const binary = (left: fc.Arbitrary<string>, operators: readonly string[], right: fc.Arbitrary<string>) =>
    fc.tuple(left, fc.constantFrom(...operators), right).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const choice = (of: fc.Arbitrary<string>) =>
    fc.tuple(tie('condition'), of, of).map(([c, a, b]) => `(${c} ? ${a} : ${b})`);
  const weigh = (arbitrary: fc.Arbitrary<string>, weight = 1) => ({ weight, arbitrary });
  const depth = { depthSize: 'small', withCrossShrink: true } as const;
  const compared = ['==', '!=', '<', '<=', '>', '>='];
  return {
    number: fc.oneof(
      depth,
      leaf(...NUMBERS),
      weigh(binary(tie('number'), ['+', '-', '*', '/', '%'], tie('number')), 3),
      weigh(choice(tie('number'))),
      weigh(tie('number').map((a) => `-(${a})`)),
    ),
    text: fc.oneof(depth, leaf(...TEXTS), weigh(binary(tie('text'), ['+'], tie('text'))), weigh(choice(tie('text')))),
    instant: fc.oneof(
      depth,
      leaf(...INSTANTS),
      weigh(binary(tie('instant'), ['+', '-'], tie('duration')), 2),
      weigh(choice(tie('instant'))),
    ),
    duration: fc.oneof(
      depth,
      leaf(...DURATIONS),
      weigh(binary(tie('instant'), ['-'], tie('instant')), 2),
      weigh(binary(tie('duration'), ['+', '-'], tie('duration'))),
    ),
    any: fc.oneof(
      ...[tie('number'), tie('text'), tie('condition'), tie('instant'), tie('duration'), fc.constant('null')],
    ),
    condition: fc.oneof(
      depth,
      leaf(...CONDITIONS),
      ...(['number', 'text', 'instant', 'duration', 'condition'] as const).map((kind) =>
        weigh(binary(tie(kind), compared, tie(kind)), 2),
      ),
      weigh(binary(tie('any'), ['==', '!='], fc.constantFrom('null', 'request.params.x', 'request.params.y')), 2),
      weigh(binary(tie('condition'), ['&&', '||'], tie('condition')), 4),
      weigh(
        tie('condition').map((a) => `!(${a})`),
        2,
      ),
      weigh(choice(tie('condition'))),
      weigh(
        fc
          .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains'), tie('text'))
          .map(([a, test, b]) => `${a}.${test}(${b})`),
        2,
      ),
      weigh(binary(tie('any'), ['in'], fc.constantFrom(...LISTS)), 3),
      weigh(
        fc
          .tuple(fc.constantFrom(...LISTS), fc.constantFrom('exists', 'all'), fc.constantFrom(...BODIES))
          .map(([list, quantifier, body]) => `${list}.${quantifier}(e, ${body})`),
        2,
      ),
    ),
  };
});
