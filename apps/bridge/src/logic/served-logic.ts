import {
  type CompiledLogic,
  type CompiledRelease,
  type Limits,
  type SqlLogic,
  StkError,
  type Table,
} from '@santokit/contract';
import { type Engine, engineNamed } from '@santokit/engine';
import { type LogicAccess, logicRules } from '@santokit/policy';
import { SqlBindings } from '@santokit/runtime';

/** A piece of logic that is ready to be called. */
export interface ServedLogic extends LogicAccess {
  readonly name: string;
  readonly logic: SqlLogic;
  readonly engine: Engine;
  /** The declared tables of its connection. */
  readonly tables: readonly Table[];
  /** Made when it is first called: a release may have many that never are. */
  readonly bindings: () => SqlBindings;
  /** Whether it was run before, so that its statements come again. */
  wasRun: boolean;
}

/** What of a release its logic runs with. */
export interface ServedLogics {
  /** By path, such as `logics/users/purchase`. */
  readonly logics: ReadonlyMap<string, ServedLogic>;
  readonly limits: Limits;
}

/**
 * All logic of a release, by path (`logics/users/purchase`).
 * @throws StkError when something of it cannot be served
 */
export function logicsOf({
  logics = {},
  permissions,
  schema,
  connections,
}: CompiledRelease): ReadonlyMap<string, ServedLogic> {
  const tables = Map.groupBy(Object.values(schema), ({ connection }) => connection);
  return new Map(
    Object.entries(logics).map(([name, logic]) => {
      const { connection } = logic;
      const engineName = Object.hasOwn(connections, connection) ? connections[connection]?.engine : undefined;
      if (engineName === undefined)
        throw new StkError(
          'BAD_REQUEST',
          `The logic ${name} is on the connection ${connection}, which the release does not have`,
        );
      const engine = engineNamed(engineName);
      const sql = sqlOf(name, logic);
      return [
        `logics/${name}`,
        {
          name,
          logic: sql,
          rules: logicRules(permissions.logics, name),
          engine,
          tables: tables.get(connection) ?? [],
          bindings: once(() => new SqlBindings(sql, engine.logic)),
          wasRun: false,
        },
      ];
    }),
  );
}

function sqlOf(name: string, logic: CompiledLogic): SqlLogic {
  if (logic.kind === 'sql') return logic;
  throw new StkError('BAD_REQUEST', `The logic ${name} is a function, which this Bridge does not run`);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Whether it may change something. */
export function changesRows({ units }: SqlLogic): boolean {
  return units.some(({ readOnly }) => !readOnly);
}
