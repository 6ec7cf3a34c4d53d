import fc from 'fast-check';

const COLUMNS = ['s', 'v', 'c', 'en', 'tr', 'same', 'same', 'pad'].map((name) => `resource.${name}`);
const VALUES = [
  ...['"a"', '"A"', '"AB"', '"i"', '"I"', '"ı"', '"e"', '"é"', '"A   "', '""', 'request.auth.sub', 'request.params.y'],
  '("a" + resource.same)',
];
const LISTS = ['["A", "AB", "I", "e"]', '["a", null]', 'request.auth.roles', 'request.params.list', 'resource.alike'];

const column = fc.constantFrom(...COLUMNS);
const value = fc.constantFrom(...VALUES);
const other = fc.oneof(column, { weight: 2, arbitrary: value });
const single = fc.oneof(
  fc
    .tuple(other, fc.constantFrom('==', '!=', '==', '!=', '<', '<=', '>', '>='), column)
    .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
  fc
    .tuple(other, fc.constantFrom('startsWith', 'endsWith', 'contains'), column, fc.boolean())
    .map(([a, test, b, isTurned]) => (isTurned ? `${b}.${test}(${a})` : `${a}.${test}(${b})`)),
  fc.tuple(fc.oneof(column, value), fc.constantFrom(...LISTS)).map(([a, list]) => `(${a} in ${list})`),
  fc.tuple(column, column).map(([a, b]) => `request.auth.roles.exists(e, e == ${a} || e in [${b}, "x"])`),
);

/** Conditions on texts of every collation, beside each other and beside values. */
export const collatedCondition: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: single },
  single.map((one) => `!(${one})`),
  fc.tuple(single, fc.constantFrom('&&', '||'), single).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
);
