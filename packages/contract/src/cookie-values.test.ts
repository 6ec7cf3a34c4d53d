import { expect, it } from 'vitest';
import { cookieValues } from './cookie-values.ts';

it.each<[string, readonly string[]]>([
  ['t=1', ['1']],
  ['a=0; t=1; b=2', ['1']],
  ['a=0;t=1;b=2', ['1']],
  ['t="1"', ['1']],
  ['t=a=b', ['a=b']],
  ['t=', ['']],
  ['t=1; t=2', ['1', '2']],
  ['t', []],
  ['', []],
  ['tt=1; T=2; t2=3; x=t=4', []],
  ['=1; t=2;;', ['2']],
])('the header %j has the cookie t as %j', (header, values) => {
  expect(cookieValues(header, 't')).toEqual(values);
});
