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
export default query({
  args: z.object({ id: z.string() }),
  roles: ['user'],
  handler: (ctx, args) => ctx.db.query('select id, stock from items where id = $1', [args.id]),
});`,
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
  const bundle = callables.get('logics/item/read') as CallableFunction;
  const [base] = artifacts;
  if (base !== undefined) await pool.warm(base);
  const callFunction = functionCaller({ pool, database, callable: bundle, artifacts });
  // The first connection is no part of what a function costs.
  await callSql(sql, database);
  const startedMs = performance.now();
  await callFunction();
  const firstMs = performance.now() - startedMs;
  const added: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sqlMs = await medianOf(() => callSql(sql, database));
    const functionMs = await medianOf(callFunction);
    added.push(functionMs - sqlMs);
    print(`round ${round + 1}: SQL ${sqlMs.toFixed(3)} ms, function ${functionMs.toFixed(3)} ms, p50`);
  }
  print(
    `first call of a function: ${firstMs.toFixed(1)} ms; a warm one adds ${Math.min(...added).toFixed(3)} ms at p50`,
  );
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
    database.transaction(
      (transaction) =>
        pool.run({
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
      { readOnly: true },
    );
}

async function medianOf(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < CALLS; index++) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  return times.sort((a, b) => a - b)[CALLS / 2] ?? 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
