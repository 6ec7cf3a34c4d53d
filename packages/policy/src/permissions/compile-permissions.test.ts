import { formatProblem } from '@santokit/contract';
import { readProject } from '@santokit/project';
import { describe, expect, it } from 'vitest';
import { compilePermissions } from './compile-permissions.ts';

const SCHEMA = `version: 1
tables:
  posts:
    columns:
      author_id:  { type: string }
      status:     { type: string, enum: [draft, published] }
      views:      { type: int }
      price:      { type: decimal, precision: 12, scale: 2, nullable: true }
      meta:       { type: json, nullable: true }
      at:         { type: timestamp, nullable: true }
  totals:
    view: true
    columns: { day: { type: date } }
`;

function compile(rules: string) {
  const { model, problems } = readProject([
    { path: 'schema/posts.yaml', content: SCHEMA },
    { path: 'config/permissions.yaml', content: `version: 1\ntables:\n${rules}` },
  ]);
  expect(problems).toEqual([]);
  return compilePermissions(model.permissions, model.schema);
}

const problemsOf = (rules: string) => compile(rules).problems.map(formatProblem);
const select = (rule: string) => `  posts:\n    select: { roles: [user], ${rule} }\n`;

describe('rules without faults', () => {
  it('come out with their expressions compiled, in the order in which they are tried', () => {
    const { permissions, problems } = compile(`  posts:
    select:
      - roles: [admin]
        columns: ["*"]
      - { roles: [authenticated], condition: resource.author_id == request.auth.sub, columns: [id, status], limit: 5, mask: { status: hide, views: hash } }
    insert: { roles: [authenticated], set: { author_id: request.auth.sub, views: 0 }, check: 'resource.status == "draft"' }
`);
    expect(problems).toEqual([]);
    expect(permissions.tables.posts).toMatchObject({
      select: [
        { roles: ['admin'] },
        { roles: ['authenticated'], columns: ['id', 'status'], limit: 5, mask: { status: 'hide', views: 'hash' } },
      ],
      insert: [{ roles: ['authenticated'], set: { author_id: { kind: 'request', path: ['auth', 'sub'] } } }],
    });
    expect(permissions.tables.posts?.select?.[0]).not.toHaveProperty('columns');
    expect(JSON.parse(JSON.stringify(permissions))).toEqual(permissions);
  });
});

describe('a fault is reported where it stands', () => {
  it.each([
    [
      'an unknown table',
      '  post:\n    delete: { roles: [admin] }\n',
      '3:3: Table "post" is not declared (did you mean "posts"?)',
    ],
    [
      'a write of a view',
      '  totals:\n    select: { roles: [admin] }\n    insert: { roles: [admin] }\n    delete: []\n',
      '5:5: "totals" is a view, whose rows are only read: "insert" has no rules there',
    ],
    [
      'a condition of an insert that speaks of rows',
      '  posts:\n    insert: { roles: [user], condition: resource.views > 1 }\n',
      '4:41: An insert reaches no row: what must hold for the new one stands in "check"',
    ],
    [
      'a column of a condition',
      select('condition: resource.auhtor_id == request.auth.sub'),
      '4:50: "posts" has no column "auhtor_id" (did you mean "author_id"?)',
    ],
    [
      'a column within quotes',
      select('condition: "resource.auhtor_id == request.auth.sub"'),
      '4:51: "posts" has no column "auhtor_id"',
    ],
    [
      'a column of a block',
      '  posts:\n    delete:\n      roles: [user]\n      condition: |\n        resource.views > 1 &&\n          resource.vews < 2\n',
      '8:20: "posts" has no column "vews" (did you mean "views"?)',
    ],
    ['a column of a list', select('columns: [id, titel]'), '4:44: "posts" has no column "titel"'],
    ['"*" that is not alone', select('columns: ["*", id]'), '4:45: "*" means all columns; it stands alone'],
    ['a masked column', select('mask: { nam: hide }'), '4:38: "posts" has no column "nam"'],
    ['a masked key', select('mask: { id: hide }'), '4:38: "id" is the key'],
    ['a hashed key', select('mask: { id: hash }'), '4:38: "id" is the key'],
    [
      'a set column',
      '  posts:\n    insert: { roles: [user], set: { autor_id: request.auth.sub } }\n',
      '4:37: "posts" has no column "autor_id"',
    ],
    [
      'a set value of another type',
      '  posts:\n    insert: { roles: [user], set: { views: request.auth.sub } }\n',
      '4:44: "views" is of type int, but this is string',
    ],
    [
      'a set value that is null',
      '  posts:\n    insert: { roles: [user], set: { views: null } }\n',
      '4:44: "views" is not nullable',
    ],
    [
      'a set value of the row',
      '  posts:\n    insert: { roles: [user], set: { views: resource.views } }\n',
      '4:44: "set" is written from the request',
    ],
    [
      'a generated key that is set',
      '  posts:\n    insert: { roles: [user], set: { id: request.auth.sub } }\n',
      '4:37: "id" is generated and cannot be set',
    ],
    [
      'a condition that is no condition',
      select('condition: resource.views + 1'),
      '4:41: This must be true or false, but it is int',
    ],
    [
      'a comparison of different kinds',
      select('condition: resource.views == "1"'),
      '4:41: "==" between int and string would never hold',
    ],
    ['an order that there is not', select('condition: resource.meta < 1'), '4:41: "<" cannot order json and int'],
    [
      'what has no translation',
      select('condition: resource.status.matches("^d")'),
      '4:41: matches() has no translation to SQL',
    ],
    ['a text without quotes of its own', select('condition: resource.status == draft'), '4:60: Unknown name "draft"'],
    ['what is no CEL', select('condition: resource.status = 1'), '4:57: Not a CEL expression'],
    [
      'a member that request does not have',
      select('condition: request.auth.subject == "a"'),
      '4:54: request.auth has no member "subject"',
    ],
    [
      'a literal that is always an error',
      select('condition: resource.at > timestamp("2024-02-30T00:00:00Z")'),
      '4:65: "2024-02-30T00:00:00Z" is not a timestamp',
    ],
  ])('%s', (_, rules, problem) => {
    expect(problemsOf(rules)).toEqual([expect.stringContaining(`config/permissions.yaml:${problem}`)]);
  });

  it('together with all others', () => {
    expect(
      problemsOf(
        `${select('condition: resource.a == 1, columns: [b]')}    delete: { roles: [user], condition: resource.c }\n`,
      ),
    ).toHaveLength(3);
  });
});
