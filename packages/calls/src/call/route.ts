import { CALL_OPERATIONS, type CallOperation, type CompiledRelease, StkError, type Table } from '@santokit/contract';
import { type Engine, engineNamed } from '@santokit/engine';

/** What a path leads to. */
export interface Route {
  /** Its place in the release, a short name for keys. */
  readonly id: number;
  readonly table: Table;
  readonly operation: CallOperation;
  readonly engine: Engine;
}

/** Every path that a release serves. */
export function routesOf({ schema, connections }: CompiledRelease): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const table of Object.values(schema)) {
    const connection = Object.hasOwn(connections, table.connection) ? connections[table.connection] : undefined;
    if (connection === undefined)
      throw new StkError(
        'BAD_REQUEST',
        `The table ${table.name} is on the connection ${table.connection}, which the release does not have`,
      );
    const engine = engineNamed(connection.engine);
    for (const operation of CALL_OPERATIONS)
      routes.set(`db/${table.name}/${operation}`, { id: routes.size, table, operation, engine });
  }
  return routes;
}

/** Step 1: what the path leads to. @throws StkError `NOT_FOUND` */
export function routeOf(routes: ReadonlyMap<string, Route>, path: string): Route {
  const route = routes.get(path);
  if (route === undefined)
    throw new StkError('NOT_FOUND', `Nothing is served under ${JSON.stringify(path.slice(0, 200))}`);
  return route;
}
