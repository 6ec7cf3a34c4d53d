import type { FunctionRunner, HostedCall } from '@santokit/calls';
import type { Json } from '@santokit/contract';
import { FUNCTION_LIMITS, StatementGuard } from '@santokit/runtime';
import { findArtifact } from '../artifacts/find-artifact.ts';
import type { Deps } from '../deps.ts';
import type { TrialLog } from './trial-log.ts';

export interface TrialFunctionsOptions extends Pick<Deps, 'functions' | 'store'> {
  /** The project and env. */
  readonly scope: string;
  readonly log: TrialLog;
  readonly makeCall: FunctionRunner['makeCall'];
}

const guard = new StatementGuard();

/** Runs the functions of one trial: bundles as the Hub keeps them, in the sandbox that it looks at them in. */
export class TrialFunctions implements FunctionRunner {
  readonly guard = guard;
  readonly #options: TrialFunctionsOptions;
  #running = 0;

  constructor(options: TrialFunctionsOptions) {
    this.#options = options;
  }

  get makeCall(): FunctionRunner['makeCall'] {
    return this.#options.makeCall;
  }

  /** @throws StkError as `FunctionPool.run` */
  async run(call: HostedCall): Promise<Json> {
    const { functions, scope, log } = this.#options;
    const { name, artifact, base, timeoutMs = FUNCTION_LIMITS.timeMs, requestId, ...rest } = call;
    // The transaction of a trial is its own, so that nobody waits for it but the functions that have begun in it.
    const isUrgent = this.#running > 0;
    this.#running += 1;
    try {
      const [baseBundle, bundle] = await Promise.all([this.#bundle(base), this.#bundle(artifact)]);
      return await functions.run({
        ...rest,
        isUrgent,
        scope,
        base: baseBundle,
        artifact: bundle,
        timeMs: Math.min(timeoutMs, FUNCTION_LIMITS.timeMs),
        memoryMb: FUNCTION_LIMITS.memoryMb,
        onLog: (line) => log.take(`logics/${name}`, line),
      });
    } finally {
      this.#running -= 1;
    }
  }

  async #bundle(hash: string) {
    const { content } = await findArtifact(this.#options.store.db, hash);
    return { hash, text: content };
  }
}
