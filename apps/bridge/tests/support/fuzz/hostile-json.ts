import fc from 'fast-check';

const NAMES = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '$where',
    '$',
    '',
    'a.b',
    'j.deep',
    'id',
    'title',
    'phone',
  ],
  ...['author', 'comments', '\0', '\ud800', '😀', 'x'.repeat(70_000), '"; drop table posts; --'],
];
const OPERATORS = [
  '$and',
  '$or',
  '$not',
  '$in',
  '$gt',
  '$like',
  '$contains',
  '$isNull',
  '$inc',
  '$append',
  '$count',
  '$max',
];

export const hostileName = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 8 }));

const scalar = fc.oneof(
  fc.constantFrom(
    ...['null', 'true', '0', '-0', '1e400', '-1e400', '1e22', '9007199254740993', '1'.repeat(400), '0.1e-400'],
    ...[
      '""',
      '"\\u0000"',
      '"\\ud800"',
      `"'; drop table posts; --"`,
      '"$1"',
      '"%"',
      '"vault"',
      '-1',
      '"infinity"',
      '"NaN"',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)),
);

/** JSON texts, with doubled names and all that `JSON.stringify` would never write. */
export const { json: hostileJson } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium' },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    membersOf(fc.oneof(hostileName, fc.constantFrom(...OPERATORS)), tie('json')),
  ),
}));

const PARAMS = [
  ...[
    'where',
    'data',
    'select',
    'orderBy',
    'expand',
    'limit',
    'offset',
    'after',
    'count',
    'distinct',
    'groupBy',
    'aggregate',
  ],
  ...['having', 'returning', 'all', 'conflict', 'update', 'calls', 'transaction', 'path', 'params'],
];

/** Params as they are called, holding anything. */
export const hostileParams = membersOf(fc.oneof(fc.constantFrom(...PARAMS), hostileName), hostileJson);

/** Deeper than any reader likes to go, and never closed. */
export const nestedJson = fc
  .tuple(fc.constantFrom('[', '{"where":', '{"$not":', '{"$and":['), fc.constantFrom(12, 200, 5_000, 100_000))
  .map(([open, depth]) => open.repeat(depth));

function membersOf(name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(name, value), { maxLength: 5 })
    .map((entries) => `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`);
}
