import { type CompiledRelease, type Schema, StkError } from '@santokit/contract';
import { type CompiledProject, compilePermissions } from '@santokit/policy';
import type { Connection } from '../connections/find-connections.ts';

interface ReleaseParts {
  readonly files: CompiledProject;
  /** Of the env, at least those that the schema names. */
  readonly connections: readonly Pick<Connection, 'name' | 'engine'>[];
  /** What the env serves now, where only parts of it are to change; absent: everything comes from the files. */
  readonly base?: CompiledRelease | undefined;
  /** Whether the schema comes from the files all the same. */
  readonly withSchema: boolean;
}

/**
 * What a release says: all that the files say, or the release before it with the permissions of the files, with their schema
 * too where that is asked for.
 * @throws StkError `SCHEMA_VALIDATION_FAILED` for rules that do not fit the schema of the release before
 */
export function compileRelease({ files, connections, base, withSchema }: ReleaseParts): CompiledRelease {
  const { model, permissions } = files;
  if (base !== undefined && !withSchema) return { ...base, permissions: permissionsFor(base.schema, files) };
  const { auth, limits } = base ?? model;
  return {
    formatVersion: 1,
    connections: enginesOf(model.schema, connections),
    schema: model.schema,
    permissions,
    auth,
    limits,
  };
}

function permissionsFor(schema: Schema, { model }: CompiledProject): CompiledRelease['permissions'] {
  const { permissions, problems } = compilePermissions(model.permissions, schema);
  if (problems.length === 0) return permissions;
  throw new StkError(
    'SCHEMA_VALIDATION_FAILED',
    'The permissions do not fit the schema that is released: apply the schema with them',
    { problems },
  );
}

function enginesOf(schema: Schema, connections: ReleaseParts['connections']): CompiledRelease['connections'] {
  const names = new Set(Object.values(schema).map((table) => table.connection));
  const named = connections.filter(({ name }) => names.has(name));
  if (named.length !== names.size) throw new Error(`A connection that the schema names was not planned`);
  return Object.fromEntries(named.map(({ name, engine }) => [name, { engine }]));
}
