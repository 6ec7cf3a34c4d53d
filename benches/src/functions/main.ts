import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CompiledLogics,
  type CompiledRelease,
  DEFAULT_LIMITS,
  type Principal,
  type Problem,
} from '@santokit/contract';
import { startPostgres } from '@santokit/devkit';
import { connect, type Database } from '@santokit/engine';
import { readProject } from '@santokit/project';
import {
  type CallableFunction,
  type CallableSql,
  FUNCTION_LIMITS,
  FunctionPool,
  inFunctionTransaction,
  logicsOf,
  runFunctionStatement,
  runSqlLogic,
  StatementGuard,
} from '@santokit/runtime';
import { type BuiltArtifact, compileSqlLogic, FunctionBuilder, loadSqlParser } from '@santokit/runtime/build';

const ROUNDS = 5;
const CALLS = 300;
/** A caller who waits for the answer before the next call does something with it. */
const BETWEEN_MS = 3;
const PRINCIPAL: Principal = { type: 'user', sub: 'u1', roles: ['user'], claims: {} };
const FILES = {
  'logics/item.sql':
    '---\nroles: [user]\nparams: { id: { type: string } }\n---\nselect id, stock from items where id = :id',
  'logics/item/read.ts': `import { query, z } from '@santokit/functions';
const args = z.object({ id: z.string() });
const roles = ['user'];
export default query({
  args,
  roles,
  handler: (ctx, args) => ctx.db.query('select id, stock from items where id = $1', [args.id]),
});
export const echo = query({ args, roles, handler: (_, args) => [{ id: args.id, stock: 5 }] });`,
};

/** What a function costs beyond SQL logic that does the same: on the first call, and on those after it. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stk-bench-'));
  const server = await startPostgres({ dataDir: join(folder, 'postgres'), removeDataOnStop: true });
  const database = connect({ url: server.url, poolMax: 2 });
  await database.sql.unsafe(
    "create table items (id text primary key, stock int not null); insert into items values ('i1', 5)",
  );
  const builder = new FunctionBuilder();
  const pool = new FunctionPool();
  const { logics, artifacts } = await compiled(builder);
  const callables = logicsOf({
    logics,
    permissions: { tables: {} },
    schema: {},
    connections: { main: { engine: 'postgres' } },
  });
  const sql = callables.get('logics/item') as CallableSql;
  const [base] = artifacts;
  if (base !== undefined) await pool.warm(base);
  const callerOf = (name: string) =>
    functionCaller({ pool, database, callable: callables.get(name) as CallableFunction, artifacts });
  const readItem = callerOf('logics/item/read');
  // The first connection is no part of what a function costs.
  await callSql(sql, database);
  const startedMs = performance.now();
  await readItem();
  const firstMs = performance.now() - startedMs;
  const calls = { sql: () => callSql(sql, database), read: readItem, echo: callerOf('logics/item/read/echo') };
  const added = { read: [] as number[], echo: [] as number[] };
  for (let round = 1; round <= ROUNDS; round++) {
    const p50 = await medians(calls);
    added.read.push(p50.read - p50.sql);
    added.echo.push(p50.echo - p50.sql);
    print(
      `round ${round}: SQL ${ms(p50.sql)}, the same in a function ${ms(p50.read)}, no statement ${ms(p50.echo)}; p50`,
    );
  }
  print(`first call of a function: ${ms(firstMs)}`);
  print(`a warm call adds at p50: ${ms(median(added.read))} with the statement, ${ms(median(added.echo))} without`);
  pool.close();
  await Promise.all([builder.close(), database.close(1_000)]);
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compiled(
  builder: FunctionBuilder,
): Promise<{ logics: CompiledLogics; artifacts: readonly BuiltArtifact[] }> {
  const problems: Problem[] = [];
  const { model } = readProject(Object.entries(FILES).map(([path, content]) => ({ path, content })));
  const parser = await loadSqlParser();
  const built = await builder.build(model.functionFiles);
  const sql = model.sqlLogics.map((source) => [source.name, compileSqlLogic(source, parser, problems)] as const);
  problems.push(...built.problems);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const logics = { ...built.logics, ...Object.fromEntries(sql) } as NonNullable<CompiledRelease['logics']>;
  return { logics, artifacts: built.artifacts };
}

function callSql(callable: CallableSql, database: Database): Promise<string> {
  const source = { params: { id: 'i1' }, principal: PRINCIPAL, env: 'dev', nowMs: Date.now() };
  return runSqlLogic({ callable, source, place: { database }, limits: DEFAULT_LIMITS, isAgain: false });
}

interface FunctionCaller {
  readonly pool: FunctionPool;
  readonly database: Database;
  readonly callable: CallableFunction;
  readonly artifacts: readonly BuiltArtifact[];
}

/** As a Bridge calls it. */
function functionCaller({ pool, database, callable, artifacts }: FunctionCaller): () => Promise<unknown> {
  const guard = new StatementGuard();
  const { logic } = callable;
  const base = artifacts.find(({ hash }) => hash === logic.base);
  const artifact = artifacts.find(({ hash }) => hash === logic.artifact);
  if (base === undefined || artifact === undefined) throw new Error('The function was not built');
  const start = { export: logic.export, params: { id: 'i1' }, auth: PRINCIPAL, env: 'dev', answerChars: 1_000_000 };
  const { timeMs, memoryMb } = FUNCTION_LIMITS;
  return () =>
    inFunctionTransaction({ callable, database }, (transaction, onStart) =>
      pool.run({
        onStart,
        scope: 'shop/dev',
        base,
        artifact,
        start,
        timeMs,
        memoryMb,
        onLog: () => {},
        onOperation: (operation) => {
          if (operation.kind !== 'query') throw new Error('The function asks for rows alone');
          return runFunctionStatement({ callable, transaction, guard, operation, limits: DEFAULT_LIMITS });
        },
      }),
    );
}

/** The calls in turn, so that whatever else the machine is at meets all of them alike. */
async function medians<K extends string>(
  calls: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, number>> {
  const names = Object.keys(calls) as K[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  for (let index = 0; index < CALLS; index++)
    for (const name of names) {
      const startedMs = performance.now();
      await calls[name]();
      times[name].push(performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<K, number>;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
