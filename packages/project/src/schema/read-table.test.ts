import { expect, it } from 'vitest';
import { readProject } from '../read-project.ts';

function problemsOf(where: string, head = ''): string[] {
  const content = `version: 1
${head}tables:
  posts:
    columns: { slug: { type: string } }
    indexes:
      - { columns: [slug], where: ${JSON.stringify(where)} }
`;
  return readProject([{ path: 'schema/posts.yaml', content }]).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );
}

it.each(['slug = 1; drop table posts', "slug = 'x') --", 'slug = 1 /* x', '(slug', ''])(
  'the condition %j of an index is refused where it stands, before anything is planned',
  (where) => {
    expect(problemsOf(where)).toEqual(['6:36 The "where" of an index must be one SQL expression, without comments']);
  },
);

it('the condition of an index that a database has already may be whatever the database took', () => {
  expect(problemsOf(String.raw`slug ~ E'\\d'`, 'adopted: true\n')).toEqual([]);
  expect(problemsOf("slug = 'a;b'")).toEqual([]);
});
