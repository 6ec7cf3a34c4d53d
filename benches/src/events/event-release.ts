import type { CompiledLogic, CompiledRelease, Problem } from '@santokit/contract';
import { compilePermissions } from '@santokit/policy';
import { compileEvents, readProject } from '@santokit/project';
import { compileSqlLogic, loadSqlParser } from '@santokit/runtime/build';

/** A handler that uses `event.id`, so that what is delivered twice has its effect once. */
const FILES = {
  'schema/shop.yaml':
    'version: 1\ntables:\n  orders:\n    columns:\n      item: { type: string }\n      amount: { type: decimal, precision: 10, scale: 2 }\n',
  'config/permissions.yaml':
    'version: 1\ntables:\n  orders:\n    insert:\n      - { roles: [service], columns: [item, amount] }\n',
  // A few callers make all the load that there is.
  'config/limits.yaml': 'version: 1\nrateLimits: { apiKey: 100000000/min }\n',
  'events/topics/order_placed.yaml':
    'name: order_placed\nschema: { orderId: { type: string }, amount: { type: decimal } }\n',
  'events/triggers/orders.yaml':
    'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: id, amount: amount }\n',
  'events/subscriptions/receipt.yaml': 'name: receipt\ntopic: order_placed\nhandler: logics/receipt\n',
  'logics/receipt.sql':
    'INSERT INTO receipts (event_id, order_id, amount) VALUES (:event.id, :event.orderId, :event.amount::numeric) ON CONFLICT DO NOTHING',
};

export const TABLES = `
  create table orders (id text primary key, item text not null, amount numeric(10, 2) not null);
  create table receipts (
    event_id text primary key, order_id text not null, amount numeric not null,
    handled_at timestamptz not null default clock_timestamp());
`;

/** The project above, compiled as the Hub compiles it. @throws Error with every problem */
export async function eventRelease(): Promise<CompiledRelease> {
  const files = Object.entries(FILES).map(([path, content]) => ({ path, content }));
  const { model, problems: read } = readProject(files);
  const { permissions, problems: ruled } = compilePermissions(model.permissions, model.schema);
  const problems: Problem[] = [...read, ...ruled];
  const parser = await loadSqlParser();
  const logics: Record<string, CompiledLogic> = {};
  for (const source of model.sqlLogics) {
    const logic = compileSqlLogic(source, parser, problems);
    if (logic !== undefined) logics[source.name] = logic;
  }
  const { schema, auth, limits } = model;
  const context = { schema, logics: Object.keys(logics), ruled: [], published: [] };
  const events = compileEvents(model.events, context, problems);
  if (problems.length > 0 || events === undefined) throw new Error(JSON.stringify(problems));
  return {
    formatVersion: 1,
    connections: { main: { engine: 'postgres' } },
    schema,
    permissions,
    auth,
    limits,
    logics,
    events,
  };
}
