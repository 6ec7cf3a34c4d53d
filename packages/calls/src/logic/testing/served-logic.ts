import {
  type CompiledLogic,
  type CompiledRelease,
  DEFAULT_LIMITS,
  type Json,
  type Limits,
  type Principal,
  type Problem,
} from '@santokit/contract';
import { createTestDatabase } from '@santokit/devkit';
import { type CancelSignal, connect, type Database } from '@santokit/engine';
import { compilePermissions } from '@santokit/policy';
import { readProject } from '@santokit/project';
import { compileSqlLogic, loadSqlParser } from '@santokit/runtime/build';
import type { TraceSpan } from '@santokit/telemetry';
import { call } from '../../call/call.ts';
import { prepareRelease, type ServedRelease } from '../../call/served-release.ts';
import { blogRelease } from '../../call/testing/blog.ts';
import { user } from '../../call/testing/served-blog.ts';

export const ANN = user('u1', 'buyer');
const parser = await loadSqlParser();

/** A database of its own with `ddl` in it, and project files served on it. */
export interface LogicBench {
  readonly database: Database;
  serve(files: Readonly<Record<string, string>>, limits?: Partial<Limits>): ServedRelease;
  run(served: ServedRelease, path: string, params: Json, options?: RunOptions): Promise<Json>;
  close(): Promise<void>;
}

interface RunOptions {
  readonly as?: Principal;
  readonly signal?: CancelSignal;
  readonly trace?: TraceSpan | undefined;
}

export async function openLogicBench(ddl: string): Promise<LogicBench> {
  const test = await createTestDatabase();
  const database = connect({ url: test.url, poolMax: 3 });
  await database.sql.unsafe(ddl);
  const databases = new Map([['main', database]]);
  return {
    database,
    serve: (files, limits = {}) => {
      const release = releaseOf(files);
      return prepareRelease({ releaseId: 'r', contentHash: 'h', release }, { ...DEFAULT_LIMITS, ...limits });
    },
    run: async (served, path, params, { as: principal = ANN, signal, trace } = {}) => {
      const asked = { served, databases, principal, path, params, env: 'dev', nowMs: Date.now(), trace };
      const { body } = await call(signal === undefined ? asked : { ...asked, signal });
      return JSON.parse(String(body)).data;
    },
    close: async () => {
      await database.close(1_000);
      await test.drop();
    },
  };
}

function releaseOf(files: Readonly<Record<string, string>>): CompiledRelease {
  const read = readProject(Object.entries(files).map(([path, content]) => ({ path, content })));
  const problems: Problem[] = [...read.problems];
  const { model } = read;
  const compiled = compilePermissions(model.permissions, model.schema);
  const logics: Record<string, CompiledLogic> = {};
  for (const source of model.sqlLogics) {
    const logic = compileSqlLogic(source, parser, problems);
    if (logic !== undefined) logics[source.name] = logic;
  }
  const all = [...problems, ...compiled.problems];
  if (all.length > 0) throw new Error(JSON.stringify(all));
  return { ...blogRelease({}), schema: model.schema, permissions: compiled.permissions, logics };
}
