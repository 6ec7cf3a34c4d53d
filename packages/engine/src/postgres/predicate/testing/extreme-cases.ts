import type { Column, Json, Table } from '@santokit/contract';

type Spec = Pick<Column, 'type'> & { readonly native?: string };
export const EXTREME_COLUMNS: Readonly<Record<string, Spec>> = {
  text: { type: 'string' },
  other: { type: 'string' },
  padded: { type: 'string', native: 'character(4)' },
  caseless: { type: 'string' },
  host: { type: 'string', native: 'inet' },
  flag: { type: 'boolean' },
  big: { type: 'bigint' },
  small: { type: 'int', native: 'smallint' },
  double: { type: 'float' },
  single: { type: 'float', native: 'real' },
  price: { type: 'decimal' },
  at: { type: 'timestamp' },
  local: { type: 'timestamp', native: 'timestamp without time zone' },
  day: { type: 'date' },
  uuid: { type: 'uuid' },
};

export const EXTREMES_DDL = `create collation caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table extremes (id serial primary key, "text" text, other text, padded character(4), caseless text collate caseless, host inet, flag boolean,
  big bigint, small smallint, "double" float8, single real, price numeric, "at" timestamptz, local timestamp, day date, uuid uuid)`;

export const EXTREMES: Table = {
  name: 'extremes',
  connection: 'main',
  key: { columns: ['id'], generate: 'auto_increment' },
  indexes: [],
  relations: {},
  columns: Object.fromEntries(
    Object.entries(EXTREME_COLUMNS).map(([name, spec]) => [name, { name, nullable: true, ...spec }]),
  ),
};

export interface ExtremeCase {
  readonly condition: string;
  readonly means: boolean | 'error';
  /** Column values as SQL takes them and as they are answered, where the two differ. */
  readonly row?: Readonly<Record<string, Json | readonly [sql: string, answered: Json]>>;
  readonly params?: Json;
}

const UUID = '0190f3a2-7c1e-4b1a-9f00-0123456789ab';
const MOST = '9223372036854775807';
const LEAST = '-9223372036854775808';

/** By the guarantee that they show. */
export const EXTREME_CASES: Readonly<Record<string, readonly ExtremeCase[]>> = {
  'numbers of different kinds compare by what they are': [
    { condition: 'resource.price <= 19.99', means: true, row: { price: '19.99' } },
    { condition: 'resource.price == 0.1', means: true, row: { price: '0.10' } },
    { condition: 'resource.price == request.params.x', means: true, row: { price: '19.99' }, params: { x: 19.99 } },
    { condition: 'resource.price in [0.1, 2]', means: true, row: { price: '0.10' } },
    { condition: 'resource.price == 3', means: true, row: { price: '3.00' } },
    { condition: 'resource.price == resource.double', means: true, row: { price: '0.1', double: 0.1 } },
    { condition: 'resource.double == 0.1', means: true, row: { double: 0.1 } },
    { condition: 'resource.double in [0.1]', means: true, row: { double: 0.1 } },
    { condition: 'resource.double < 0.3', means: false, row: { double: 0.1 + 0.2 } },
    { condition: 'resource.double == 0.30000000000000004', means: true, row: { double: 0.1 + 0.2 } },
    { condition: 'resource.single == 0.1', means: true, row: { single: 0.1 } },
    { condition: 'resource.big < 9223372036854775808.0', means: true, row: { big: MOST } },
    { condition: 'resource.big == 9223372036854775808.0', means: false, row: { big: MOST } },
    { condition: 'resource.double == 9007199254740993', means: false, row: { double: 9007199254740992 } },
    { condition: 'resource.double < 9007199254740993', means: true, row: { double: 9007199254740992 } },
    {
      condition: 'resource.big == resource.double',
      means: false,
      row: { big: '9007199254740993', double: 9007199254740992 },
    },
    {
      condition: 'resource.big > resource.double',
      means: true,
      row: { big: '9007199254740993', double: 9007199254740992 },
    },
    { condition: 'resource.big < resource.double', means: true, row: { big: MOST, double: 1e300 } },
    {
      condition: 'resource.big in request.params.list',
      means: true,
      row: { big: '5' },
      params: { list: ['5', null, 5.0] },
    },
    {
      condition: 'resource.big in request.params.list',
      means: false,
      row: { big: '5' },
      params: { list: ['5', 1e300, 5.5] },
    },
    { condition: 'resource.small == request.params.x', means: false, row: { small: 5 }, params: { x: 1e300 } },
  ],
  'arithmetic that leaves its range is an error': [
    { condition: 'resource.big + 1 > 0', means: 'error', row: { big: MOST } },
    { condition: 'resource.big - 1 < 0', means: 'error', row: { big: LEAST } },
    { condition: '-resource.big > 0', means: 'error', row: { big: LEAST } },
    { condition: 'resource.big / -1 > 0', means: 'error', row: { big: LEAST } },
    { condition: 'resource.big / 2 == -3', means: true, row: { big: '-7' } },
    { condition: 'resource.big % 2 == -1', means: true, row: { big: '-7' } },
    { condition: 'resource.big * resource.big * 0 == 0', means: 'error', row: { big: MOST } },
    { condition: 'resource.small / 0 == 1 || true', means: true, row: { small: 1 } },
    { condition: 'resource.small / 0 == 1 && false', means: false, row: { small: 1 } },
    { condition: 'resource.small + 1 == null', means: 'error' },
    { condition: 'resource.small == null', means: true },
    {
      condition: 'resource.price * resource.price > 1',
      means: 'error',
      row: { price: [`1${'0'.repeat(131_000)}`, `1${'0'.repeat(131_000)}`] },
    },
    { condition: 'resource.price * 2 > 1', means: true, row: { price: '0.6' } },
    { condition: 'resource.double * 2.0 > 1.0', means: 'error', row: { double: 1e308 } },
    { condition: 'resource.double * resource.double >= 0.0', means: 'error', row: { double: 1e-300 } },
    { condition: 'resource.double / 0.0 > 0.0', means: 'error', row: { double: 1 } },
    { condition: 'resource.double * 2.0 + 1.0 == 4.0', means: true, row: { double: 1.5 } },
    { condition: '-resource.double == -1.5', means: true, row: { double: 1.5 } },
    { condition: 'resource.price - 0.5 == 1.25', means: true, row: { price: '1.75' } },
  ],
  'what is no number of JSON is null, or beyond all numbers': [
    { condition: 'resource.double == null', means: true, row: { double: ['NaN', null] } },
    { condition: 'has(resource.double)', means: false, row: { double: ['Infinity', null] } },
    { condition: 'resource.double > 1.0', means: 'error', row: { double: ['Infinity', null] } },
    { condition: 'resource.price == 1', means: false, row: { price: 'NaN' } },
    { condition: 'resource.price * 2 > 1', means: 'error', row: { price: 'NaN' } },
  ],
  'texts compare by code point whatever the collation': [
    { condition: 'resource.text < resource.other', means: true, row: { text: '\uFFFD', other: '\u{1F600}' } },
    { condition: 'resource.text < "a"', means: true, row: { text: 'B' } },
    { condition: 'resource.caseless == resource.text', means: false, row: { caseless: 'abc', text: 'ABC' } },
    { condition: 'resource.caseless == "ABC"', means: false, row: { caseless: 'abc' } },
    { condition: 'resource.caseless in ["ABC", "abd"]', means: false, row: { caseless: 'abc' } },
    { condition: 'resource.caseless.startsWith("AB")', means: false, row: { caseless: 'abc' } },
    { condition: 'resource.caseless.endsWith("bc")', means: true, row: { caseless: 'abc' } },
    { condition: 'resource.caseless.contains("b")', means: true, row: { caseless: 'abc' } },
    { condition: 'resource.caseless + "d" == "abcd"', means: true, row: { caseless: 'abc' } },
    { condition: 'resource.padded == "ab  "', means: true, row: { padded: ['ab', 'ab  '] } },
    { condition: 'resource.padded.size() == 4', means: true, row: { padded: ['ab', 'ab  '] } },
    { condition: 'resource.host == "10.0.0.1"', means: true, row: { host: '10.0.0.1' } },
    { condition: 'size(resource.text) == 2', means: true, row: { text: 'a\u{1F600}' } },
    { condition: 'resource.text.contains("")', means: true, row: { text: '' } },
  ],
  'a text that cannot be stored still has its place': [
    { condition: 'resource.text == request.params.x', means: false, row: { text: 'a' }, params: { x: 'a\0' } },
    { condition: 'resource.text != request.params.x', means: true, row: { text: 'a' }, params: { x: 'a\0' } },
    { condition: 'resource.text != request.params.x', means: true, row: { text: '\uFFFD' }, params: { x: '\uD800' } },
    {
      condition: 'resource.text in request.params.list',
      means: false,
      row: { text: 'a' },
      params: { list: ['\0', '\uD800'] },
    },
    { condition: 'resource.text < request.params.x', means: true, row: { text: 'a' }, params: { x: 'a\0' } },
    { condition: 'resource.text < request.params.x', means: false, row: { text: 'a\u0001' }, params: { x: 'a\0z' } },
    {
      condition: 'resource.text >= request.params.x',
      means: true,
      row: { text: 'a\uE000' },
      params: { x: 'a\uD83Dz' },
    },
    { condition: 'resource.text.contains(request.params.x)', means: false, row: { text: 'a' }, params: { x: '\0' } },
    {
      condition: 'resource.text.endsWith(request.params.x)',
      means: false,
      row: { text: '\u{1F600}' },
      params: { x: '\uDE00' },
    },
    {
      condition: 'request.params.x.contains(request.params.y) && resource.text == "a"',
      means: true,
      row: { text: 'a' },
      params: { x: 'b\uDE00c', y: '\uDE00' },
    },
    { condition: 'request.params.x.contains(resource.text)', means: true, row: { text: 'b' }, params: { x: 'a\0b' } },
    { condition: 'request.params.x.startsWith(resource.text)', means: true, row: { text: 'a' }, params: { x: 'a\0b' } },
    { condition: 'request.params.x.endsWith(resource.text)', means: false, row: { text: 'a' }, params: { x: 'a\0b' } },
    { condition: 'resource.uuid == request.params.x', means: false, row: { uuid: UUID }, params: { x: 'not a uuid' } },
    {
      condition: 'resource.uuid == request.params.x',
      means: false,
      row: { uuid: UUID },
      params: { x: UUID.toUpperCase() },
    },
    {
      condition: 'resource.uuid in request.params.list',
      means: true,
      row: { uuid: UUID },
      params: { list: ['x', UUID] },
    },
    {
      condition: 'resource.day == request.params.x',
      means: false,
      row: { day: '2024-02-29' },
      params: { x: '2024-02-30' },
    },
    { condition: 'resource.day <= "2024-03"', means: true, row: { day: '2024-02-29' } },
  ],
  'instants keep microseconds and never leave their range': [
    {
      condition: 'resource.at > timestamp("2024-01-01T00:00:00Z")',
      means: true,
      row: { at: '2024-01-01T00:00:00.000001Z' },
    },
    {
      condition: 'resource.local == timestamp("2024-01-01T00:00:00.5Z")',
      means: true,
      row: { local: '2024-01-01T00:00:00.5Z' },
    },
    {
      condition: 'resource.local == resource.at',
      means: true,
      row: { local: '2024-01-01T00:00:00Z', at: '2024-01-01T00:00:00Z' },
    },
    {
      condition: 'resource.at + duration("24h") > request.time',
      means: true,
      row: { at: '2024-01-01T00:00:00.000001Z' },
    },
    { condition: 'request.time - resource.at == duration("24h")', means: true, row: { at: '2024-01-01T00:00:00Z' } },
    {
      condition: 'request.time - resource.local < duration("24h")',
      means: true,
      row: { local: '2024-01-01T00:00:00.000001Z' },
    },
    {
      condition: 'resource.at - resource.local == duration("-1us")',
      means: true,
      row: { at: '2024-01-01T00:00:00Z', local: '2024-01-01T00:00:00.000001Z' },
    },
    { condition: 'resource.at + duration("1h") > request.time', means: 'error', row: { at: '9999-12-31T23:59:59Z' } },
    {
      condition: 'resource.at == request.params.x',
      means: false,
      row: { at: '2024-01-01T00:00:00Z' },
      params: { x: '2024-01-01T00:00:00Z' },
    },
    {
      condition: 'resource.at > timestamp(request.params.x)',
      means: 'error',
      row: { at: '2024-01-01T00:00:00Z' },
      params: { x: '2024-02-30T00:00:00Z' },
    },
    {
      condition: 'resource.at > timestamp(request.params.x)',
      means: 'error',
      row: { at: '2024-01-01T00:00:00Z' },
      params: { x: '0000-01-01T00:00:00Z' },
    },
    {
      condition: 'resource.at > timestamp(request.params.x) - duration("9000h")',
      means: 'error',
      row: { at: '2024-01-01T00:00:00Z' },
      params: { x: '0001-01-01T00:00:00Z' },
    },
    { condition: 'resource.at > request.time', means: true, row: { at: ['infinity', 'infinity'] } },
  ],
  'lists, branches and quantifiers read rows': [
    {
      condition: 'request.params.x in [resource.text, resource.other]',
      means: true,
      row: { text: 'a', other: 'b' },
      params: { x: 'b' },
    },
    { condition: 'resource.text in [resource.other, null]', means: true },
    { condition: 'resource.text in [resource.other, "x"]', means: false, row: { other: 'b' } },
    { condition: 'resource.small in [resource.small / 0, 1]', means: 'error', row: { small: 1 } },
    { condition: 'resource.small + 1 in []', means: 'error' },
    { condition: 'resource.text in []', means: false },
    { condition: 'resource.text in request.params.list', means: true, params: { list: [null] } },
    { condition: '(resource.flag ? resource.big : resource.small + 1) == null', means: true, row: { flag: true } },
    { condition: '(resource.flag ? resource.big : resource.small + 1) == null', means: 'error', row: { flag: false } },
    { condition: '(resource.flag ? resource.text : "x") == "x"', means: 'error' },
    {
      condition: '(resource.flag ? request.params.x : resource.text) == 5',
      means: true,
      row: { flag: true },
      params: { x: 5 },
    },
    {
      condition: 'request.params.list.exists(e, e == resource.small || resource.text == e)',
      means: true,
      row: { small: 2 },
      params: { list: ['1', 2] },
    },
    {
      condition: 'request.params.list.all(e, e > resource.small)',
      means: 'error',
      row: { small: 2 },
      params: { list: [3, 'a'] },
    },
    {
      condition: 'request.params.list.all(e, e > resource.small)',
      means: false,
      row: { small: 2 },
      params: { list: [1, 'a'] },
    },
    {
      condition: 'request.params.list.exists(a, request.params.list.exists(b, a + b == resource.small))',
      means: true,
      row: { small: 3 },
      params: { list: [1, 2] },
    },
    { condition: '(resource.small > 1) == resource.flag', means: true, row: { small: 2, flag: true } },
    { condition: '(resource.small > 1) == resource.flag', means: false, row: { small: 2 } },
    { condition: '(resource.small > 1) == resource.flag', means: 'error', row: { flag: true } },
    { condition: 'resource.flag && resource.small == null', means: 'error' },
    { condition: 'resource.flag == true', means: false },
    { condition: 'resource.flag < true', means: true, row: { flag: false } },
  ],
};
