import type { FunctionRunner, HostedCall } from '@santokit/calls';
import type { Json } from '@santokit/contract';
import { FUNCTION_LIMITS, StatementGuard } from '@santokit/runtime';
import { findArtifact } from '../artifacts/find-artifact.ts';
import type { Deps } from '../deps.ts';

export interface TrialFunctionsOptions extends Pick<Deps, 'functions' | 'store'> {
  /** The project and env. */
  readonly scope: string;
  readonly makeCall: FunctionRunner['makeCall'];
}

const guard = new StatementGuard();

/** Runs functions that are tried: bundles as the Hub keeps them, in the sandbox that it looks at them in. What they log is for nobody. */
export class TrialFunctions implements FunctionRunner {
  readonly guard = guard;
  readonly #options: TrialFunctionsOptions;

  constructor(options: TrialFunctionsOptions) {
    this.#options = options;
  }

  get makeCall(): FunctionRunner['makeCall'] {
    return this.#options.makeCall;
  }

  /** @throws StkError as `FunctionPool.run` */
  async run(call: HostedCall): Promise<Json> {
    const { functions, scope } = this.#options;
    const { name, artifact, base, timeoutMs = FUNCTION_LIMITS.timeMs, requestId, ...rest } = call;
    const [baseBundle, bundle] = await Promise.all([this.#bundle(base), this.#bundle(artifact)]);
    return await functions.run({
      ...rest,
      scope,
      base: baseBundle,
      artifact: bundle,
      timeMs: Math.min(timeoutMs, FUNCTION_LIMITS.timeMs),
      memoryMb: FUNCTION_LIMITS.memoryMb,
      onLog: () => {},
    });
  }

  async #bundle(hash: string) {
    const { content } = await findArtifact(this.#options.store.db, hash);
    return { hash, text: content };
  }
}
