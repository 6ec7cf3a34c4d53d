import {
  type CompiledLogic,
  type CompiledRelease,
  type FunctionLogic,
  type SqlLogic,
  StkError,
  type Table,
} from '@santokit/contract';
import { type Engine, engineNamed } from '@santokit/engine';
import { type LogicAccess, logicRules } from '@santokit/policy';
import { SqlBindings } from './sql/sql-bindings.ts';

interface CallableCommon extends LogicAccess {
  readonly name: string;
  readonly engine: Engine;
  /** The declared tables of its connection. */
  readonly tables: readonly Table[];
}

export interface CallableSql extends CallableCommon {
  readonly kind: 'sql';
  readonly logic: SqlLogic;
  /** Made when it is first called: a release may have many that never are. */
  readonly bindings: () => SqlBindings;
}

export interface CallableFunction extends CallableCommon {
  readonly kind: 'function';
  readonly logic: FunctionLogic;
}

/** A piece of logic that is ready to be called. */
export type CallableLogic = CallableSql | CallableFunction;

/**
 * All logic of a release, by path (`logics/users/purchase`).
 * @throws StkError when something of it cannot be served
 */
export function logicsOf(
  release: Pick<CompiledRelease, 'logics' | 'permissions' | 'schema' | 'connections'>,
): ReadonlyMap<string, CallableLogic> {
  const { logics = {}, permissions, schema, connections } = release;
  const tables = Map.groupBy(Object.values(schema), ({ connection }) => connection);
  return new Map(
    Object.entries(logics).map(([name, logic]) => {
      const { connection } = logic;
      const engine = Object.hasOwn(connections, connection) ? connections[connection]?.engine : undefined;
      if (engine === undefined)
        throw new StkError(
          'BAD_REQUEST',
          `The logic ${name} is on the connection ${connection}, which the release does not have`,
        );
      const common = {
        name,
        rules: logicRules(permissions.logics, name),
        engine: engineNamed(engine),
        tables: tables.get(connection) ?? [],
      };
      return [`logics/${name}`, callable(logic, common)];
    }),
  );
}

function callable(logic: CompiledLogic, common: Omit<CallableCommon, 'logic'>): CallableLogic {
  switch (logic.kind) {
    case 'sql':
      return { kind: 'sql', ...common, logic, bindings: once(() => new SqlBindings(logic, common.engine.logic)) };
    case 'function':
      return { kind: 'function', ...common, logic };
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Whether it may change something. */
export function changesRows(logic: CompiledLogic): boolean {
  switch (logic.kind) {
    case 'sql':
      return logic.units.some(({ readOnly }) => !readOnly) || logic.publish !== undefined;
    case 'function':
      return logic.mode === 'mutation';
  }
}

/**
 * How far a transaction must be kept apart from others for the logic to be part of it.
 * @throws StkError `BAD_REQUEST` where it can be part of none
 */
export function isolationNeeded({ name, logic }: CallableLogic): 'read committed' | 'repeatable read' | 'serializable' {
  if (logic.kind === 'function') return 'read committed';
  const [unit] = logic.units;
  if (unit === undefined || !isJoinable(logic))
    throw new StkError(
      'BAD_REQUEST',
      `logics/${name} begins and ends transactions itself: it cannot be part of another, nor be done once by Idempotency-Key`,
    );
  switch (unit.transaction) {
    case 'repeatable_read':
      return 'repeatable read';
    case 'serializable':
      return 'serializable';
    default:
      return 'read committed';
  }
}

/** Whether all of a file can be part of a transaction that somebody else began. */
function isJoinable({ units }: SqlLogic): boolean {
  return units.length === 1 && units[0]?.transaction !== 'none' && units[0]?.rollsBack !== true;
}
