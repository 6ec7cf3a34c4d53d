import { expect, it } from 'vitest';
import { objectKey } from './object-key.ts';

it.each(['a', 'a/b.png', 'päth/日本/😀.png', 'a b/+&?#%.txt', `k${'x'.repeat(1_023)}`])(
  'the key %j is taken',
  (key) => {
    expect(objectKey(key)).toBe(key);
  },
);

it.each([
  ['', /Missing required param/],
  [undefined, /Missing required param/],
  [['a'], /Invalid type for param/],
  ['/a', /begins or ends/],
  ['a/', /begins or ends/],
  ['a//b', /"\/\/"/],
  ['a/../b', /"\.\."/],
  ['..', /"\.\."/],
  ['a/./b', /"\."/],
  ['a\\b', /backslash/],
  ['a\0b', /control/],
  ['a\nb', /control/],
  ['a\u007fb', /control/],
  ['a\u202eb', /control/],
  ['a\ud800', /control/],
  ['ä'.repeat(513), /1024 bytes/],
])('the key %j is refused', (key, words) => {
  expect(() => objectKey(key)).toThrow(words);
});
