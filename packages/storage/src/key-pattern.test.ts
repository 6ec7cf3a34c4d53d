import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bySpecificity, type KeyPattern, matchKey, parseKeyPattern } from './key-pattern.ts';

function pattern(text: string): KeyPattern {
  const parsed = parseKeyPattern(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

describe('a pattern', () => {
  it.each([
    ['avatars/{userId}/*', 'avatars/u1/a.png', { userId: 'u1' }],
    ['avatars/{userId}/*', 'avatars/u1', undefined],
    ['avatars/{userId}/*', 'avatars/u1/a/b', undefined],
    ['avatars/{userId}/*', 'avatars//a', undefined],
    ['**', 'a/b/c', {}],
    ['a/**', 'a', {}],
    ['a/**', 'ab/c', undefined],
    ['a/**/{last}', 'a/b/c/d', { last: 'd' }],
    ['a/**/{last}', 'a/d', { last: 'd' }],
    ['a/**/{last}', 'a', undefined],
    ['{a}/x', '__proto__/x', { a: '__proto__' }],
  ])('%s on the key %s', (text, key, expected) => {
    const bound = matchKey(pattern(text), key);
    expect(bound === undefined ? undefined : Object.fromEntries(bound)).toEqual(expected);
  });

  it.each([
    ['/a', /no "\/" at its ends/],
    ['a//b', /no "\/" at its ends/],
    ['', /no "\/" at its ends/],
    ['*.png', /mixes them/],
    ['{a', /mixes them/],
    ['{a}/{a}', /stands twice/],
    ['**/a/**', /at most once/],
    ['a/../b', /No key has a segment/],
  ])('%s is refused in words', (text, words) => {
    expect(parseKeyPattern(text)).toMatch(words);
  });
});

describe('the more specific pattern', () => {
  it.each([
    ['a/b', 'a/*'],
    ['a/{x}', 'a/**'],
    ['a', 'a/**'],
    ['a/**/b', 'a/**'],
    ['a/*/c', '*/b/c'],
  ])('%s comes before %s', (first, second) => {
    expect(bySpecificity(pattern(first), pattern(second))).toBeLessThan(0);
    expect(bySpecificity(pattern(second), pattern(first))).toBeGreaterThan(0);
  });

  const segment = fc.constantFrom('a', 'b', '*', '{x}');
  const text = fc
    .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean(), fc.array(segment, { maxLength: 2 }))
    .map(([before, any, after]) => [...before, ...(any ? ['**'] : []), ...after])
    .filter((segments) => segments.length > 0 && segments.filter((part) => part === '{x}').length < 2)
    .map((segments) => segments.join('/'));

  it('is one of two, unless both match the same keys', () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 }),
        (a, b, parts) => {
          const [left, right] = [pattern(a), pattern(b)];
          if (bySpecificity(left, right) !== 0) return bySpecificity(left, right) === -bySpecificity(right, left);
          const key = parts.join('/');
          return (matchKey(left, key) === undefined) === (matchKey(right, key) === undefined);
        },
      ),
    );
  });

  it('matches what a regular expression of the same meaning matches', () => {
    fc.assert(
      fc.property(text, fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }), (source, parts) => {
        const parts2 = source.split('/');
        const any = parts2.indexOf('**');
        const one = (part: string) => (part === '*' || part === '{x}' ? '[^/]+' : part);
        const join = (list: string[]) => list.map((part) => `/${one(part)}`).join('');
        const regex =
          any < 0 ? `^${join(parts2)}$` : `^${join(parts2.slice(0, any))}(?:/[^/]+)*${join(parts2.slice(any + 1))}$`;
        const key = parts.join('/');
        return (matchKey(pattern(source), key) !== undefined) === new RegExp(regex).test(`/${key}`);
      }),
    );
  });
});
