import { expect, it } from 'vitest';
import { readProject } from '../read-project.ts';
import { placePulled } from './place-pulled.ts';

const pulledTable = (name: string, column: string, more = '') => ({
  path: `schema/${name}.yaml`,
  content: `version: 1\ntables:\n  ${name}:\n${more}    columns:\n      ${column}: { type: string }\n`,
});
const BOOKS = pulledTable('books', 'title');
const SHOP = `version: 1
# All that the shop sells.
tables:
  # What is read.
  books:
    columns:
      name: { type: string }
  # What is played.
  games:
    columns:
      title: { type: string, maxLength: 50 }
`;

it('a table that is declared among others is replaced there, and everything else stays', () => {
  const { files, problems } = placePulled([BOOKS], [{ path: 'schema/shop.yaml', content: SHOP }]);
  expect(problems).toEqual([]);
  expect(files).toEqual([{ path: 'schema/shop.yaml', content: SHOP.replace('name:', 'title:') }]);
});

it('several tables of one file are replaced together, and a new one comes in a file of its own', () => {
  const pulled = [BOOKS, pulledTable('games', 'players'), pulledTable('maps', 'scale')];
  const { files } = placePulled(pulled, [{ path: 'schema/shop.yaml', content: SHOP }]);
  expect(files.map(({ path }) => path)).toEqual(['schema/shop.yaml', 'schema/maps.yaml']);
  const { model, problems } = readProject(files);
  expect(problems).toEqual([]);
  const columns = Object.values(model.schema).map(({ name, columns: all }) => [name, Object.keys(all)]);
  expect(Object.fromEntries(columns)).toEqual({
    books: ['id', 'title'],
    games: ['id', 'players'],
    maps: ['id', 'scale'],
  });
});

it('a table that a file declares alone is pulled into that file, whatever its name', () => {
  const { files } = placePulled([BOOKS], [{ path: 'schema/a.yaml', content: pulledTable('books', 'name').content }]);
  expect(files).toEqual([{ path: 'schema/a.yaml', content: BOOKS.content }]);
});

it('what is declared as it is in the database keeps its words and comments', () => {
  const content = '# Ours.\nversion: 1\ntables: { books: { columns: { title: { type: string } } } }\n';
  expect(placePulled([BOOKS], [{ path: 'schema/a.yaml', content }]).files).toEqual([
    { path: 'schema/a.yaml', content },
  ]);
});

it('a file with other tables is never overwritten', () => {
  const present = { path: 'schema/books.yaml', content: pulledTable('games', 'title').content };
  expect(placePulled([BOOKS], [present]).files).toEqual([{ ...BOOKS, path: 'schema/books_2.yaml' }]);
});

it.each([
  ['under another name', 'volumes', '    nativeName: books\n', 'Table "volumes" is main.public.books here'],
  ['for another database', 'books', '    connection: archive\n', 'Table "books" is archive.public.books here'],
  ['for another schema', 'books', '    schema: old\n', 'Table "books" is main.old.books here'],
])('a table that is declared %s is not declared a second time', (_, name, more, message) => {
  const present = { path: 'schema/a.yaml', content: pulledTable(name, 'title', more).content };
  const { files, problems } = placePulled([BOOKS], [present]);
  expect(files).toEqual([]);
  expect(problems).toMatchObject([{ file: 'schema/a.yaml', message: expect.stringContaining(message) }]);
});

it('a file that nobody can read is overwritten only by its own table', () => {
  const broken = 'version: 1\ntables: { books: [';
  expect(placePulled([BOOKS], [{ path: 'schema/books.yaml', content: broken }])).toEqual({
    files: [BOOKS],
    problems: [],
  });
  expect(placePulled([BOOKS], [{ path: 'schema/a.yaml', content: broken }]).problems).toMatchObject([
    { file: 'schema/a.yaml', message: expect.stringContaining('no YAML') },
  ]);
});

it('a file that holds no table gives way to the table that it is named for', () => {
  const present = { path: 'schema/books.yaml', content: 'not ours' };
  expect(placePulled([BOOKS], [present])).toEqual({ files: [BOOKS], problems: [] });
});
