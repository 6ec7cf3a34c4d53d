import { DEFAULT_LIMITS, type Json, type TableOperation } from '@santokit/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeOf } from './shape.ts';

const shape = (operation: TableOperation, params: Json) => {
  const { key, values } = shapeOf(operation, params, DEFAULT_LIMITS);
  return { key, values };
};

describe('a shape', () => {
  it.each<[TableOperation, Json, string, Json[]]>([
    ['select', {}, '{}', []],
    [
      'select',
      { select: ['id'], where: { a: 1, b: null, c: { $in: [1, 2], $isNull: true }, $or: [{ d: 'x' }] }, limit: 5 },
      '{"select":["id"],"where":{"a":0,"b":null,"c":{"$in":1,"$isNull":true},"$or":[{"d":2}]},"limit":3}',
      [1, [1, 2], 'x', 5],
    ],
    [
      'select',
      { expand: { posts: { where: { a: 'x' }, limit: 1 }, team: true }, nope: { deep: [1] } },
      '{"expand":{"posts":{"where":{"a":0},"limit":1},"team":true},"nope":true}',
      ['x', 1],
    ],
    ['insert', { data: { a: null, b: [1] } }, '{"data":{"a":0,"b":1}}', [null, [1]]],
    [
      'insert',
      { data: [{ a: 1, b: 2 }, { a: 3 }] },
      '{"data":[0,{"a":1,"b":[2,3]}]}',
      [2, [1, 3], [2, null], [true, false]],
    ],
    [
      'update',
      { where: { id: 'x' }, data: { a: 1 }, all: true },
      '{"where":{"id":0},"data":{"a":1},"all":true}',
      ['x', 1],
    ],
    ['delete', JSON.parse('{"where":{"__proto__":1}}'), '{"where":{"__proto__":0}}', [1]],
  ])('of a %s with %j keeps names and takes the values out', (operation, params, key, values) => {
    expect(shape(operation, params)).toEqual({ key, values });
  });

  it('is JSON that no value can reach into', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
        const { key, values } = shape('select', {
          where: JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`),
        });
        const isOperator = name === '$and' || name === '$or' || name === '$not';
        fc.pre(!isOperator);
        expect(Object.keys(JSON.parse(key).where)).toEqual([name]);
        expect(values).toEqual([value]);
      }),
    );
  });
});
