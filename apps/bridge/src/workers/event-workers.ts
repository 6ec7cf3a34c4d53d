import type { ServedRelease } from '@santokit/calls';
import type { CompiledEvents, CompiledSubscription, HandledEvent } from '@santokit/contract';
import { type Database, engineNamed, type OutboxEntry, type OutboxState } from '@santokit/engine';
import { EventWorker, type EventWorkerOptions, type HandleTogether } from '@santokit/jobs';
import type { Logger, TraceSpan, Tracing } from '@santokit/telemetry';
import type { Target } from '../target/target.ts';
import { traceOutbox } from './trace-outbox.ts';
import type { EnvWorker } from './worker-host.ts';

/** A kind of entries of the outbox, and what is done about them. */
export interface OutboxWork {
  readonly kind: OutboxEntry['kind'];
  /** To whom a release hands them out; undefined: it has none. */
  readonly routes: (served: ServedRelease) => CompiledEvents | undefined;
  /** What it throws is a failed attempt. */
  readonly handle: (event: HandledEvent, subscription: CompiledSubscription, span?: TraceSpan) => Promise<void>;
  /** What handles several in a transaction of this database; undefined where that cannot be. */
  readonly together?: (subscription: CompiledSubscription, database: Database) => HandleTogether | undefined;
}

export interface EventWorkersOptions {
  readonly target: Target;
  readonly work: OutboxWork;
  readonly logger: Logger;
  /** Undefined where nothing is traced. */
  readonly tracing: Tracing | undefined;
  /** How many handlers run at a time on each connection. */
  readonly concurrency: number;
  readonly onEnd: (succeeded: boolean) => void;
  readonly onState: (connection: string, state: OutboxState | undefined) => void;
}

/** Has one kind of entries of an env's outboxes handled, those of each connection by a worker of its own. */
export class EventWorkers implements EnvWorker {
  readonly #options: EventWorkersOptions;
  readonly #workers = new Map<string, { readonly database: Database; readonly worker: EventWorker }>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: EventWorkersOptions) {
    this.#options = options;
  }

  follow(): void {
    const { target } = this.#options;
    const wanted = this.#wanted();
    for (const [connection, { database, worker }] of this.#workers) {
      if (wanted.get(connection) === database) continue;
      this.#workers.delete(connection);
      this.#options.onState(connection, undefined);
      const left = worker.stop(0).finally(() => this.#leaving.delete(left));
      this.#leaving.add(left);
    }
    for (const [connection, database] of wanted) {
      if (this.#workers.has(connection)) continue;
      const engine = target.served?.release.connections[connection]?.engine;
      if (engine === undefined) continue;
      const worker = this.#worker(connection, database, engineNamed(engine).outbox);
      this.#workers.set(connection, { database, worker });
      worker.start();
    }
  }

  async stop(graceMs: number): Promise<void> {
    await Promise.all([...[...this.#workers.values()].map(({ worker }) => worker.stop(graceMs)), ...this.#leaving]);
    this.#workers.clear();
  }

  /** The databases in which there may be events: those of the release, where it has any. */
  #wanted(): ReadonlyMap<string, Database> {
    const { target, work } = this.#options;
    const { served, databases } = target;
    if (served === undefined || work.routes(served) === undefined) return new Map();
    const { connections } = served.release;
    return new Map([...databases].filter(([name]) => Object.hasOwn(connections, name)));
  }

  #worker(connection: string, database: Database, outbox: EventWorkerOptions['outbox']): EventWorker {
    const { target, work, logger, tracing, concurrency, onEnd, onState } = this.#options;
    const { project, env } = target.name;
    return new EventWorker({
      database,
      outbox,
      scope: `${project}/${env}`,
      kind: work.kind,
      // As calls do, handlers stop when nobody knows any more what is in force.
      events: () =>
        target.served === undefined || target.state === 'EXPIRED' ? undefined : work.routes(target.served),
      handle: work.handle,
      ...traceOutbox(tracing, { target, kind: work.kind, connection }),
      together: (subscription) => work.together?.(subscription, database),
      onEnd,
      onProblem: (message, cause, about = {}) =>
        logger.error({ project, env, connection, ...about, error: String(cause) }, message),
      onState: (state) => onState(connection, state),
      concurrency,
    });
  }
}
