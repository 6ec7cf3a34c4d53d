import { DEFAULT_LIMITS, type Limits } from '@santokit/contract';
import { FunctionPool } from '@santokit/runtime';
import { FunctionBuilder } from '@santokit/runtime/build';
import { Counter, createLogger, Histogram, Registry } from '@santokit/telemetry';
import { prepareRelease, type ServedRelease } from '../../call/served-release.ts';
import { FunctionHost } from '../function-host.ts';
import { withFunctions } from '../with-functions.ts';
import type { LogicBench } from './served-logic.ts';

export interface FunctionBench {
  readonly pool: FunctionPool;
  /** The lines that were logged, as they are written. */
  readonly lines: Record<string, unknown>[];
  /** What is counted of them. */
  readonly registry: Registry;
  serve(files: Readonly<Record<string, string>>, limits?: Partial<Limits>): Promise<ServedRelease>;
  close(): Promise<void>;
}

/** Builds functions as the Hub does, and serves them beside what else the files hold. */
export function openFunctionBench(bench: LogicBench): FunctionBench {
  const builder = new FunctionBuilder();
  const pool = new FunctionPool({ size: 1 });
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) > 0 };
  const logger = createLogger({ level: 'debug', format: 'json', destination: stream });
  const registry = new Registry();
  const labels = { labelNames: ['project', 'env', 'path'] as const, registers: [registry] };
  const metrics = {
    functionDuration: new Histogram({ name: 'function_duration_seconds', help: 'Time of a function', ...labels }),
    functionErrors: new Counter({ name: 'function_errors_total', help: 'Calls that failed', ...labels }),
  };
  return {
    pool,
    lines,
    registry,
    serve: async (files, limits = {}) => {
      const others = Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('.ts')));
      const { release } = bench.serve(others);
      const functions = Object.entries(files).filter(([path]) => path.endsWith('.ts'));
      const built = await builder.build(functions.map(([path, content]) => ({ path, content })));
      if (built.problems.length > 0) throw new Error(JSON.stringify(built.problems));
      const prepared = prepareRelease(
        { releaseId: 'r', contentHash: 'h', release: { ...release, logics: { ...release.logics, ...built.logics } } },
        { ...DEFAULT_LIMITS, ...limits },
      );
      const maps = new Map(built.artifacts.map(({ hash, sourceMap = '' }) => [hash, sourceMap]));
      const options = {
        pool,
        artifact: (wanted: string) => built.artifacts.find(({ hash }) => hash === wanted) ?? { hash: wanted, text: '' },
        name: { project: 'shop', env: 'dev' },
        logger,
        metrics,
        sourceMap: async (hash: string) => maps.get(hash) ?? '',
      };
      return withFunctions(prepared, (makeCall) => new FunctionHost({ ...options, makeCall }));
    },
    close: async () => {
      pool.close();
      await builder.close();
    },
  };
}
