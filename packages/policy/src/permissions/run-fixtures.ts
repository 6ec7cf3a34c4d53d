import type {
  CompiledPermissions,
  FixtureExpectation,
  FixtureRow,
  PermissionFixture,
  RequestContext,
  Schema,
} from '@santokit/contract';
import { decideFixture } from './decide-fixture.ts';

/** What a fixture is decided by. */
export interface FixtureScope {
  readonly schema: Schema;
  readonly permissions: CompiledPermissions;
  /** What `request.time` and `request.env` are, where a fixture does not say. */
  readonly timeMs: number;
  readonly env: string;
}

/** A fixture whose call does not end as it expects. */
export interface FailedFixture {
  readonly file: string;
  readonly name: string;
  readonly expected: FixtureExpectation;
  readonly actual: FixtureExpectation;
  /** Why it is decided so. */
  readonly reason: string;
}

/** Decides every fixture by the rules that decide in a Bridge, without a database. */
export function runFixtures(
  fixtures: readonly PermissionFixture[],
  scope: FixtureScope,
): { readonly passed: number; readonly failed: readonly FailedFixture[] } {
  const failed = fixtures.flatMap((fixture): FailedFixture[] => {
    const { decision, columns, reason } = decideFixture(fixture, {
      ...scope,
      request: requestOf(fixture, scope),
    });
    const { file, name, expect: expected } = fixture;
    const actual = decision === 'allow' && typeof expected === 'object' ? { columns } : decision;
    return meets(actual, expected) ? [] : [{ file, name, expected, actual, reason }];
  });
  return { passed: fixtures.length - failed.length, failed };
}

function requestOf(fixture: PermissionFixture, { timeMs, env }: FixtureScope): RequestContext {
  return {
    auth: fixture.as,
    params: fixture.params ?? sentParams(fixture.data),
    timeMs: fixture.timeMs ?? timeMs,
    env: fixture.env ?? env,
  };
}

function sentParams(data: FixtureRow | undefined): RequestContext['params'] {
  return data === undefined ? {} : { data };
}

function meets(actual: FixtureExpectation, expected: FixtureExpectation): boolean {
  if (typeof actual === 'string' || typeof expected === 'string') return actual === expected;
  const wanted = new Set(expected.columns);
  return wanted.size === actual.columns.length && actual.columns.every((name) => wanted.has(name));
}
