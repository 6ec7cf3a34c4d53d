import { setTimeout as delay } from 'node:timers/promises';
import { type Json, StkError, toStkError } from '@santokit/contract';
import {
  FUNCTION_LIMITS,
  FunctionFault,
  type FunctionLogLine,
  type FunctionPool,
  type OriginalPlace,
  originalPlace,
  StatementGuard,
  type WorkerArtifact,
} from '@santokit/runtime';
import type { Counter, Histogram, Logger } from '@santokit/telemetry';
import { LRUCache } from 'lru-cache';
import type { FunctionRunner, HostedCall, NestedCall } from './logic-request.ts';

export interface FunctionHostOptions {
  readonly name: { readonly project: string; readonly env: string };
  readonly pool: FunctionPool;
  /** What the release names by its hash. @throws StkError `SERVICE_UNAVAILABLE` where it cannot be had */
  readonly artifact: (hash: string) => WorkerArtifact | Promise<WorkerArtifact>;
  readonly logger: Logger;
  readonly metrics: {
    readonly functionDuration: Histogram<'project' | 'env' | 'path'>;
    readonly functionErrors: Counter<'project' | 'env' | 'path'>;
  };
  /** Pulls the source map of a bundle. */
  readonly sourceMap: (hash: string) => Promise<string>;
  /** Makes a call within the transaction of a function. @returns its data as JSON text */
  readonly makeCall: (call: NestedCall) => Promise<string>;
}

const MOST_MAPS = 50;
/** For a source map that has to be pulled. */
const MOST_WAIT_MS = 1_000;

/** What runs the functions of one release: its bundles, and where their log lines and errors go. */
export class FunctionHost implements FunctionRunner {
  readonly guard = new StatementGuard();
  readonly #options: FunctionHostOptions;
  /** Those that were written down. */
  readonly #faults = new WeakSet<FunctionFault>();
  readonly #maps = new LRUCache<string, Promise<string>>({ max: MOST_MAPS });

  constructor(options: FunctionHostOptions) {
    this.#options = options;
  }

  get makeCall(): FunctionHostOptions['makeCall'] {
    return this.#options.makeCall;
  }

  /** @throws StkError as `FunctionPool.run` */
  async run(call: HostedCall): Promise<Json> {
    const { pool, name: target, metrics } = this.#options;
    const { name, artifact: hash, base: baseHash, timeoutMs = FUNCTION_LIMITS.timeMs, requestId, ...rest } = call;
    const labels = { ...target, path: `logics/${name}` };
    const startedMs = performance.now();
    try {
      const wanted = [this.#options.artifact(baseHash), this.#options.artifact(hash)] as const;
      const [base, artifact] = isThere(wanted) ? wanted : await Promise.all(wanted);
      return await pool.run({
        ...rest,
        scope: `${target.project}/${target.env}`,
        base,
        artifact,
        timeMs: Math.min(timeoutMs, FUNCTION_LIMITS.timeMs),
        memoryMb: FUNCTION_LIMITS.memoryMb,
        onLog: (line) => this.#log(call, line),
      });
    } catch (thrown) {
      metrics.functionErrors.inc(labels);
      throw await this.#told(call, toStkError(thrown));
    } finally {
      metrics.functionDuration.observe(labels, (performance.now() - startedMs) / 1_000);
    }
  }

  #log({ name, requestId }: HostedCall, { level, message, fields }: FunctionLogLine): void {
    const { logger, name: target } = this.#options;
    logger[level]({ ...target, requestId, function: `logics/${name}`, fields }, message);
  }

  /** Has a fault written down. Who calls with an API key is the backend, and told of the place; an end user of nothing. */
  async #told(call: HostedCall, error: StkError): Promise<StkError> {
    const { code, message, cause } = error;
    // What a function that it called has thrown was told there.
    if (!(cause instanceof FunctionFault) || this.#faults.has(cause)) return error;
    this.#faults.add(cause);
    const told = this.#explain(call, cause);
    if (call.start === 'describe' || call.start.auth.type !== 'api_key') return error;
    const place = await Promise.race([told, delay(MOST_WAIT_MS, undefined, { ref: false })]);
    return new StkError(code, message, { function: `logics/${call.name}`, ...place }, { cause });
  }

  /** Writes down where in the user's own file it happened, once that is known. */
  async #explain({ name, requestId, artifact }: HostedCall, fault: FunctionFault): Promise<OriginalPlace | undefined> {
    const { logger, name: target } = this.#options;
    const map = await this.#mapOf(artifact).catch(() => undefined);
    const place = map === undefined ? undefined : originalPlace(fault.trace, map);
    const error = place === undefined ? `${fault.message}\n${fault.trace}` : fault.message;
    logger.error({ ...target, requestId, function: `logics/${name}`, ...place, error }, 'A function failed');
    return place;
  }

  #mapOf(hash: string): Promise<string> {
    const known = this.#maps.get(hash);
    if (known !== undefined) return known;
    const pulled = this.#options.sourceMap(hash);
    this.#maps.set(hash, pulled);
    pulled.catch(() => this.#maps.delete(hash));
    return pulled;
  }
}

type Wanted = readonly [WorkerArtifact | Promise<WorkerArtifact>, WorkerArtifact | Promise<WorkerArtifact>];

/** Nobody waits for what is there already. */
function isThere(wanted: Wanted): wanted is readonly [WorkerArtifact, WorkerArtifact] {
  return !wanted.some((artifact) => artifact instanceof Promise);
}
