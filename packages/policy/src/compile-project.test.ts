import { type Problem, StkError } from '@santokit/contract';
import { expect, it } from 'vitest';
import { compileProject } from './compile-project.ts';

const PERMISSIONS = `version: 1
tables:
  books:
    select: { roles: [user], condition: resource.titel == "x" }
  authors:
    select: { roles: [user], condition: resource.nam == "x" }
  shelves:
    select: { roles: [user] }
`;

function problemsOf(schema: string): string[] {
  const files = [
    { path: 'schema/shop.yaml', content: schema },
    { path: 'config/permissions.yaml', content: PERMISSIONS },
  ];
  try {
    compileProject(files);
  } catch (thrown) {
    const { problems } = (thrown as StkError).details as { problems: Problem[] };
    expect(thrown).toBeInstanceOf(StkError);
    return problems.map(({ file, line }) => `${file}:${line}`);
  }
  return [];
}

it('problems of rules are listed beside those of tables, not once more for a table that has one itself', () => {
  const broken = `version: 1
tables:
  books:
    columns:
      title: { type: odd }
  authors:
    columns:
      name: { type: string }
`;
  expect(problemsOf(broken)).toEqual(['config/permissions.yaml:6', 'schema/shop.yaml:5']);
});

it('a schema without problems has every rule judged', () => {
  const whole = 'version: 1\ntables:\n  books:\n    columns:\n      title: { type: string }\n';
  expect(problemsOf(whole)).toEqual([
    'config/permissions.yaml:4',
    'config/permissions.yaml:5',
    'config/permissions.yaml:7',
  ]);
});
