import { FunctionHost, type FunctionHostOptions, type ServedRelease, withFunctions } from '@santokit/calls';
import type { CompiledRelease } from '@santokit/contract';
import type { FunctionPool } from '@santokit/runtime';
import type { Logger } from '@santokit/telemetry';
import type { HubClient, TargetName } from '../hub/hub-client.ts';
import { keepPolling, type PollerOptions } from '../hub/poller.ts';
import { ReleaseRefused } from './load-release.ts';
import type { Problems } from './problems.ts';
import { ReleaseArtifacts, WrongArtifact } from './release-artifacts.ts';

export interface TargetFunctionsOptions extends Pick<PollerOptions, 'backoff' | 'random' | 'signal'> {
  readonly name: TargetName;
  readonly hub: Pick<HubClient, 'artifact' | 'sourceMap'>;
  readonly pool: FunctionPool;
  readonly logger: Logger;
  readonly metrics: FunctionHostOptions['metrics'];
  readonly problems: Problems;
}

/** Has the functions of an env's releases ready to be called. */
export class TargetFunctions {
  readonly #options: TargetFunctionsOptions;
  #artifacts: ReleaseArtifacts | undefined;
  /** Of a release that could not take its place, so that what has come of it is not pulled again. */
  #unfinished: ReleaseArtifacts | undefined;
  /** Ends the pulling for the release before. */
  #pulling = new AbortController();

  constructor(options: TargetFunctionsOptions) {
    this.#options = options;
  }

  /**
   * A release with what runs its functions. The Hub is in no request's path: what takes another's place waits until all has come. What is
   * there for the first time does not keep everybody waiting for functions that may not be called; they come behind it, and sooner where
   * they are called.
   * @throws ReleaseRefused where an artifact is not there, or another than the release names; HubError
   */
  async serve(loaded: ServedRelease, isFirst: boolean): Promise<ServedRelease> {
    const { name, hub, pool, logger, metrics } = this.#options;
    const pull = (hash: string) => hub.artifact(hash);
    const known = [this.#artifacts, this.#unfinished].filter((other) => other !== undefined);
    const artifacts = new ReleaseArtifacts(loaded.release, { pull, known });
    this.#unfinished = artifacts;
    try {
      await (isFirst ? artifacts.pullBases() : artifacts.pullAll());
    } catch (error) {
      if (error instanceof WrongArtifact) throw new ReleaseRefused(loaded.releaseId, error.message);
      throw error;
    }
    this.#artifacts = artifacts;
    this.#unfinished = undefined;
    this.#pulling.abort();
    this.#options.problems.clear('functions');
    if (artifacts.size === 0) return loaded;
    await this.#warmUp(loaded.release, artifacts);
    if (isFirst) this.#pullBehind(artifacts);
    const sourceMap = (hash: string) => hub.sourceMap(hash);
    const host = { pool, artifact: (hash: string) => artifacts.find(hash), name, logger, metrics, sourceMap };
    return withFunctions(loaded, (makeCall) => new FunctionHost({ ...host, makeCall }));
  }

  /** Starts the processes that the functions of a release run in, ahead of the first call. Nobody waits for them. */
  async #warmUp({ logics = {} }: CompiledRelease, artifacts: ReleaseArtifacts): Promise<void> {
    const first = Object.values(logics).find((logic) => logic.kind === 'function');
    if (first === undefined) return;
    void this.#options.pool.warm(await artifacts.find(first.base));
  }

  #pullBehind(artifacts: ReleaseArtifacts): void {
    const { backoff, random, signal, problems } = this.#options;
    const pulling = new AbortController();
    this.#pulling = pulling;
    const poll = async () => {
      await artifacts.pullAll(pulling.signal);
      if (!pulling.signal.aborted) problems.clear('functions');
      pulling.abort();
      return 0;
    };
    const onFailure = (error: unknown) => problems.note('functions', 'Functions could not be pulled', error);
    void keepPolling({ poll, onFailure, backoff, random, signal: AbortSignal.any([signal, pulling.signal]) });
  }
}
