import { type CompiledLogics, type CompiledRelease, type Schema, StkError } from '@santokit/contract';
import { compilePermissions } from '@santokit/policy';
import type { Connection } from '../connections/find-connections.ts';
import type { ReadFiles } from '../schema/read-files.ts';

interface ReleaseParts {
  readonly files: ReadFiles;
  /** Of the env, at least those that the release names. */
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
  const { logics, crons, events, storage } = base ?? files;
  return {
    formatVersion: 1,
    connections: enginesOf(connectionsIn(model.schema, logics), connections),
    schema: model.schema,
    permissions,
    auth,
    limits,
    ...(logics === undefined ? {} : { logics }),
    ...(crons === undefined ? {} : { crons }),
    ...(events === undefined ? {} : { events }),
    ...(storage === undefined ? {} : { storage }),
  };
}

/** The names of the connections that a release needs. */
export function connectionsIn(schema: Schema, logics: CompiledLogics = {}): ReadonlySet<string> {
  return new Set([...Object.values(schema), ...Object.values(logics)].map(({ connection }) => connection));
}

function permissionsFor(schema: Schema, { model }: ReadFiles): CompiledRelease['permissions'] {
  const { permissions, problems } = compilePermissions(model.permissions, schema);
  if (problems.length === 0) return permissions;
  throw new StkError(
    'SCHEMA_VALIDATION_FAILED',
    'The permissions do not fit the schema that is released: apply the schema with them',
    { problems },
  );
}

function enginesOf(
  names: ReadonlySet<string>,
  connections: ReleaseParts['connections'],
): CompiledRelease['connections'] {
  const named = connections.filter(({ name }) => names.has(name));
  if (named.length !== names.size) throw new Error(`A connection that the release names was not looked up`);
  return Object.fromEntries(named.map(({ name, engine }) => [name, { engine }]));
}
