import { expect, test } from 'vitest';
import { canonicalNativeType } from './native-type.ts';

const spellings: [string, string][] = [
  ['varchar(160)', 'character varying(160)'],
  ['CHARACTER  VARYING (160)', 'character varying(160)'],
  ['int4', 'integer'],
  ['int8[]', 'bigint[]'],
  ['integer[3][3]', 'integer[]'],
  ['timestamptz(3)', 'timestamp(3) with time zone'],
  ['timestamp', 'timestamp without time zone'],
  ['time(0) with time zone', 'time(0) with time zone'],
  ['decimal(10)', 'numeric(10,0)'],
  ['numeric( 10 , 2 )[]', 'numeric(10,2)[]'],
  ['char', 'character(1)'],
  ['bpchar', 'bpchar'],
  ['"char"', '"char"'],
  ['float(24)', 'real'],
  ['bit varying(5)', 'bit varying(5)'],
  ['interval day to second(3)', 'interval day to second(3)'],
  ['public.citext', 'citext'],
  ['pg_catalog.int4', 'integer'],
  ['extensions.vector(3)', 'extensions.vector(3)'],
  ['geometry(Point,4326)', 'geometry(Point,4326)'],
  ['"My Schema"."My ""Type"""[]', '"My Schema"."My ""Type"""[]'],
  ['"order"', '"order"'],
  ['Mood', 'mood'],
];

test.each(spellings)('%s is printed as %s', (written, printed) => {
  expect(canonicalNativeType(written)).toBe(printed);
  expect(canonicalNativeType(printed)).toBe(printed);
});

test.each([
  '',
  'text; DROP TABLE users',
  'text DEFAULT now()',
  'int)',
  'varchar(1',
  'varchar(1) COLLATE "C"',
  'a b',
  'text--',
  'text/**/',
  `x'y`,
  '"a',
  'serial',
  'text with time zone',
  'a.b.c',
  "geometry('x')",
  '\0',
])('%j is refused, as it is more or less than the name of a type', (text) => {
  expect(() => canonicalNativeType(text)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});
