import { expect, it } from 'vitest';
import { comparisonText } from './comparison-text.ts';

const plain = (_style: unknown, text: string) => text;
const from = { releaseId: 'rel_1', contentHash: 'sha256:1', ref: 'a', env: 'prod' };
const to = { releaseId: 'rel_2', contentHash: 'sha256:2', ref: 'b', env: null };

it('tells what differs section by section, and what does not', () => {
  const text = comparisonText(plain, {
    from,
    to,
    same: false,
    sections: [
      {
        section: 'schema',
        differences: [{ path: '/schema/books/columns/pages', change: 'added', after: { type: 'int' } }],
      },
      {
        section: 'permissions',
        differences: [
          {
            path: '/permissions/tables/books/select/0/condition',
            change: 'changed',
            before: 'resource.a == 1',
            after: 'true',
          },
          { path: '/permissions/tables/books/delete', change: 'removed', before: [{ roles: ['x\u001b[0m'] }] },
        ],
      },
      { section: 'auth', differences: [] },
    ],
  });
  expect(text.split('\n')).toEqual([
    'prod rel_1 (a) -> rel_2 (b)',
    'schema:',
    '  + books/columns/pages: {"type":"int"}',
    'permissions:',
    '  ~ tables/books/select/0/condition',
    '      - resource.a == 1',
    '      + true',
    '  - tables/books/delete: [{"roles":["x\\u001b[0m"]}]',
    'no difference in auth',
  ]);
});

it('says so when nothing differs', () => {
  expect(comparisonText(plain, { from, to: from, same: true, sections: [] })).toContain('No difference');
});
