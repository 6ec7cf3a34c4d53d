import { describe, expect, it } from 'vitest';
import { BLOG_SCHEMA } from './testing/blog.ts';
import { proveStatement } from './testing/prove-statement.ts';

const FROM = 'from "public"."users" as "t0"';
const faultsOf = (text: string) =>
  proveStatement(text, { schema: BLOG_SCHEMA, named: ['figure'], limits: new Set([100]) }).faults;

describe('a statement', () => {
  it.each([`select "t0"."id" ${FROM} where "t0"."name" = $1::text limit 100`, `select count(*) as "figure" ${FROM}`])(
    'such as the compiler writes has no fault: %s',
    (text) => {
      expect(faultsOf(text)).toEqual([]);
    },
  );

  it.each([
    ['of two', `select 1 ${FROM}; select 1 ${FROM}`, '2 statements'],
    ['that ends in a second, empty one', `select "t0"."id" ${FROM};`, 'token ;'],
    ['with a text in it', `select "t0"."id" ${FROM} where "t0"."name" = 'Ann'`, 'text Ann'],
    ['with a dollar-quoted text in it', `select "t0"."id" ${FROM} where "t0"."name" = $$Ann$$`, 'text Ann'],
    ['with a number in it', `select "t0"."id" ${FROM} where "t0"."id" = 3`, 'number 3'],
    ['with a number that is less than nothing', `select "t0"."id" ${FROM} where "t0"."id" = -3`, 'number -3'],
    ['with bits in it', `select "t0"."id" ${FROM} where "t0"."id" = B'1'`, 'bits'],
    ["with a limit that is nobody's", `select "t0"."id" ${FROM} limit 7`, 'limit {"ival":7}'],
    ['with an offset in it', `select "t0"."id" ${FROM} offset 100`, 'number 100'],
    ['with an operator of its own', `select "t0"."id" ${FROM} where "t0"."name" ~ $1::text`, 'operator ~'],
    ['that calls a function', `select pg_read_file($1::text) ${FROM}`, 'function pg_read_file'],
    ['that casts to another type', `select $1::regclass ${FROM}`, 'type regclass'],
    ['that casts to a length', `select $1::bpchar(3) ${FROM}`, 'type bpchar(…)'],
    ['of a column without quotes', `select "t0".name ${FROM}`, 'token name'],
    ['of a column that is not there', `select "t0"."password" ${FROM}`, 'column password'],
    ['of all columns', `select * ${FROM}`, 'column *'],
    ['of a table without a namespace', 'select "t0"."id" from "users" as "t0"', 'table undefined.users'],
    ['of the catalogue', 'select "t0"."id" from "pg_catalog"."pg_authid" as "t0"', 'table pg_catalog.pg_authid'],
    ['of a table elsewhere', 'select "t0"."id" from "private"."users" as "t0"', 'table private.users'],
    ['with a comment', `select "t0"."id" ${FROM} -- where`, 'token -- where'],
    ['of another kind', 'drop table "public"."users"', 'node DropStmt'],
    ['of two united', `select "t0"."id" ${FROM} union select "t0"."id" ${FROM}`, 'token union'],
    ['that locks', `select "t0"."id" ${FROM} for update`, 'node LockingClause'],
  ])('%s has a fault', (_, text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });
});
