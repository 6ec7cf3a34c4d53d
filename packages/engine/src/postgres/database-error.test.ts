import { expect, test } from 'vitest';
import { SchemaMismatch } from '../database.ts';
import { databaseError } from './database-error.ts';
import { standInPartName } from './schema/object-name.ts';
import { changeTester } from './schema/testing/change-case.ts';

const database = changeTester();

test('who meets the index of a key that is being widened is served again, who meets the key is not', async () => {
  const scratch = await database.empty();
  await scratch.run(`CREATE TABLE posts (id int PRIMARY KEY, next int); INSERT INTO posts VALUES (1, 1);
    CREATE UNIQUE INDEX ${standInPartName('posts_pkey')} ON posts (next)`);
  const errors = await Promise.all(
    [2, 1].map((id) => scratch.sql`INSERT INTO posts VALUES (${id}, 1)`.catch(databaseError)),
  );
  expect(errors).toMatchObject([{ of: 'prepared' }, { code: '23505', constraint: 'posts_pkey' }]);
  expect(errors.map((error) => error instanceof SchemaMismatch)).toEqual([true, false]);
});
