import type { Draw } from './drawn-params.ts';

/** Draws values that some rows of the blog have, others for another seed. */
export function drawSome(seed: number): Draw {
  let draws = 0;
  const pick = <T>(...values: readonly [T, ...T[]]): T => {
    draws++;
    const mixed = Math.imul(seed + Math.imul(draws, 0x9e3779b1), 0x85ebca6b);
    return values[((mixed ^ (mixed >>> 15)) >>> 0) % values.length] ?? values[0];
  };
  return (type, column) => {
    if (column?.enum !== undefined) return pick(column.enum[0] ?? null, ...column.enum.slice(1));
    switch (type) {
      case 'string':
      case 'file':
        return pick(...textsOf(column?.name));
      case 'int':
        return column?.name === 'id' ? pick(1, 2, 99) : pick(0, 1, 2);
      case 'bigint':
        return pick('1', '2', '30');
      case 'float':
        return pick(0.5, 2);
      case 'decimal':
        return pick('0.50', '2.75');
      case 'boolean':
        return pick(true, false);
      case 'json':
        return { deep: { er: pick('s1', 's2') } };
      case 'timestamp':
        return pick('2025-12-25T00:00:00Z', '2026-01-05T00:00:00Z');
      case 'date':
        return pick('2025-01-03', '2025-01-05');
      case 'uuid':
        return pick('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');
      case 'bytes':
        return 'AAAA';
      case 'array':
        return column?.items?.type === 'int' ? [1] : pick(['M1'], ['M2']);
    }
  };
}

function textsOf(name: string | undefined): readonly [string, ...string[]] {
  switch (name) {
    case 'author_id':
      return ['u1', 'u2', 'u5'];
    case 'post_id':
      return ['p1', 'p2', 'p10'];
    case 'person':
      return ['u1', 'u2', 'u9'];
    case 'team':
      return ['red', 'blue', 'green'];
    case 'email':
      return ['u1@x.org', 'u2@x.org', 'new@x.org'];
    case 'fixed':
      return ['abcde'];
    default:
      return ['a', 'u1', 'o', 'Ann', 'One', 'u2@x.org', '+494'];
  }
}
