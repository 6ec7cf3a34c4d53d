import { LOGICAL_TYPES } from '@santokit/contract';
import { expect, test } from 'vitest';
import { castType, defaultNativeType, logicalType, nativeType } from './type-map.ts';

test.each(LOGICAL_TYPES.filter((type) => type !== 'file' && type !== 'array'))(
  '%s comes back from its native type without a pin',
  (type) => {
    expect(logicalType(defaultNativeType({ type }))).toEqual({ type });
  },
);

test('precision and scale are part of a decimal’s native type', () => {
  expect(nativeType({ type: 'decimal', precision: 12, scale: 2 })).toBe('numeric(12,2)');
  expect(logicalType('numeric(12,2)')).toEqual({ type: 'decimal', precision: 12, scale: 2 });
  expect(logicalType('numeric(3,5)')).toEqual({ type: 'decimal', native: 'numeric(3,5)' });
});

const pulled: [string, object][] = [
  ['character varying(160)', { type: 'string', maxLength: 160, native: 'character varying(160)' }],
  ['smallint', { type: 'int', native: 'smallint' }],
  ['real', { type: 'float', native: 'real' }],
  ['json', { type: 'json', native: 'json' }],
  ['timestamp without time zone', { type: 'timestamp', native: 'timestamp without time zone' }],
  ['integer[]', { type: 'array', items: { type: 'int' }, native: 'integer[]' }],
  ['inet', { type: 'string', native: 'inet' }],
  ['other.numeric', { type: 'string', native: 'other.numeric' }],
];

test.each(pulled)('%s is pulled with its native type pinned', (native, spec) => {
  expect(logicalType(native)).toEqual(spec);
});

test('an enum keeps its labels, and a domain the type under it', () => {
  expect(logicalType('mood', { enumLabels: ['sad', 'ok'] })).toEqual({
    type: 'string',
    enum: ['sad', 'ok'],
    native: 'mood',
  });
  expect(logicalType('email', { baseType: 'character varying(50)' })).toEqual({
    type: 'string',
    maxLength: 50,
    native: 'email',
  });
  expect(logicalType('mood[]', { enumLabels: ['sad'] })).toEqual({
    type: 'array',
    items: { type: 'string', enum: ['sad'] },
    native: 'mood[]',
  });
});

const casts: [string, string][] = [
  ['varchar(160)', 'character varying'],
  ['numeric(10,2)', 'numeric'],
  ['char(3)', 'bpchar'],
  ['bit(3)', '"bit"'],
  ['timestamptz(0)', 'timestamp with time zone'],
  ['interval second(0)', 'interval'],
  ['name', 'text'],
  ['"char"', 'text'],
  ['varchar(3)[]', 'character varying[]'],
  ['app."My Type"', 'app."My Type"'],
];

test.each(casts)('a value compared with a column of %s is cast to %s, which cuts nothing off', (native, cast) => {
  expect(castType({ type: 'string', native })).toBe(cast);
});
