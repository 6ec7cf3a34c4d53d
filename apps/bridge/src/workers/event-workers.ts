import type { CompiledSubscription, HandledEvent, Principal } from '@santokit/contract';
import { type Database, engineNamed, type OutboxState } from '@santokit/engine';
import { EventWorker, type EventWorkerOptions } from '@santokit/jobs';
import type { Logger } from '@santokit/telemetry';
import type { Clock } from '../clock.ts';
import { runLogic } from '../logic/run-logic.ts';
import type { Target } from '../target/target.ts';
import type { EnvWorker } from './worker-host.ts';

export interface EventWorkersOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many handlers run at a time on each connection. */
  readonly concurrency: number;
  readonly onEnd: (succeeded: boolean) => void;
  readonly onState: (connection: string, state: OutboxState | undefined) => void;
}

/** Nobody in particular: what handlers do is the project's own doing, and no rule is about it. */
const SYSTEM: Principal = { type: 'api_key', sub: null, roles: [], claims: {} };

/** Has the events of an env handled, those of each connection by a worker of its own. */
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
    const { served, databases } = this.#options.target;
    if (served?.events === undefined) return new Map();
    const { connections } = served.release;
    return new Map([...databases].filter(([name]) => Object.hasOwn(connections, name)));
  }

  #worker(connection: string, database: Database, outbox: EventWorkerOptions['outbox']): EventWorker {
    const { target, logger, concurrency, onEnd, onState } = this.#options;
    const { project, env } = target.name;
    return new EventWorker({
      database,
      outbox,
      scope: `${project}/${env}`,
      // As calls do, handlers stop when nobody knows any more what is in force.
      events: () => (target.state === 'EXPIRED' ? undefined : target.served?.events?.compiled),
      handle: (event, subscription) => this.#handle(event, subscription),
      onEnd,
      onProblem: (message, cause, about = {}) =>
        logger.error({ project, env, connection, ...about, error: String(cause) }, message),
      onState: (state) => onState(connection, state),
      concurrency,
    });
  }

  async #handle(event: HandledEvent, { handler }: CompiledSubscription): Promise<void> {
    const { target, clock } = this.#options;
    const { served, databases } = target.snapshot();
    await runLogic({
      served,
      databases,
      name: handler,
      principal: SYSTEM,
      // A function's arguments; a file of SQL has the payload as `:event.<field>`.
      params: served.logics.get(`logics/${handler}`)?.kind === 'function' ? event.payload : {},
      env: target.name.env,
      nowMs: clock.wallMs(),
      event,
      asSystem: true,
    });
  }
}
