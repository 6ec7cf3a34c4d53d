import type { Table } from '@santokit/contract';
import { type ApplyEvent, applyPhase, type Phase, type SchemaPlan, type SchemaStep } from '@santokit/engine';
import { appendAudit } from '../audit/append-audit.ts';
import { toAnswerError } from '../http/to-answer-error.ts';
import type { ReleaseAuthor } from '../releases/move-to-release.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import type { StoreDb } from '../store/store.ts';
import { appliedSchemas } from '../store/tables/projects.ts';
import type { LockedConnection } from './locked-databases.ts';

export interface PlannedConnection extends LockedConnection {
  readonly plan: SchemaPlan;
}

interface Order {
  readonly plans: readonly PlannedConnection[];
  readonly planHash: string;
  readonly by: ReleaseAuthor;
  /** Whose apply it finishes; that is told even where nothing was left to be done. */
  readonly resumes?: { readonly requestedBy: string | null };
}

/** The steps of one apply on all its connections, taken phase by phase; what was done before it failed stays done, and is in the audit log. */
export class SchemaApply {
  readonly #place: SchemaPlace;
  readonly #order: Order;
  readonly #startedMs = performance.now();
  readonly #done: string[] = [];
  #isFinished = false;

  constructor(place: SchemaPlace, order: Order) {
    this.#place = place;
    this.#order = order;
  }

  /** Whether there is something to do in a phase. */
  has(phase: Phase): boolean {
    return this.#steps().some((step) => step.groups.some((group) => (group.phase ?? step.phase) === phase));
  }

  /** What is still to be done after the phase `expand`, by the name of the connection. */
  pending(): ReadonlyMap<string, readonly SchemaStep[]> {
    const steps = this.#steps().filter((step) => step.phase !== 'expand');
    return Map.groupBy(steps, (step) => step.connection);
  }

  /** @throws StkError when a step fails */
  async run(phase: Phase): Promise<void> {
    // A table that is made now has to be known if it is declared no more after a crash.
    if (phase === 'expand' && this.#steps().length > 0)
      await this.#place.deps.store.db.transaction((tx) => this.#remember(tx, withPrevious));
    const onStep = ({ status, step }: ApplyEvent) => {
      if (status === 'done') this.#done.push(step.what);
    };
    for (const { locked, plan } of this.#order.plans) await applyPhase(locked, { plan, phase }, { onStep });
  }

  /** Whether all that is to be done is done. */
  get isDone(): boolean {
    return this.#done.length === this.#steps().length;
  }

  /** Remembers what is declared there now. What fails afterwards is no failure of the schema's. */
  async finish(): Promise<void> {
    if (this.#isFinished) return;
    const { metrics, store } = this.#place.deps;
    const steps = this.#done;
    await store.db.transaction(async (tx) => {
      await this.#remember(tx, ({ declared }) => declared);
      if (steps.length > 0 || this.#order.resumes !== undefined) await this.#audit(tx, { steps });
    });
    this.#isFinished = true;
    if (steps.length === 0) return;
    metrics.schemaApplies.inc({ status: 'done' });
    metrics.schemaApplyDuration.observe((performance.now() - this.#startedMs) / 1_000);
  }

  /** Keeps what was done before `thrown` ended it. */
  async fail(thrown: unknown): Promise<void> {
    if (this.#isFinished) return;
    const { metrics, store } = this.#place.deps;
    if (this.#steps().length > 0) metrics.schemaApplies.inc({ status: 'failed' });
    const outcome = { steps: this.#done, failed: toAnswerError(thrown).code };
    if (this.#done.length > 0) await store.db.transaction((tx) => this.#audit(tx, outcome));
  }

  #steps(): SchemaStep[] {
    return this.#order.plans.flatMap(({ plan }) => plan.steps);
  }

  async #remember(tx: StoreDb, tablesOf: (connection: LockedConnection) => readonly Table[]): Promise<void> {
    const appliedAt = this.#place.deps.clock();
    for (const planned of this.#order.plans) {
      const values = { tables: tablesOf(planned), appliedAt };
      await tx
        .insert(appliedSchemas)
        .values({ connectionId: planned.connection.id, ...values })
        .onConflictDoUpdate({ target: appliedSchemas.connectionId, set: values });
    }
  }

  async #audit(tx: StoreDb, outcome: { steps: string[]; failed?: string }): Promise<void> {
    const { deps, project, env } = this.#place;
    const { planHash, by, resumes } = this.#order;
    await appendAudit(deps, tx, {
      actorId: by.actorId,
      actorType: by.actorType,
      action: 'schema.apply',
      project: project.name,
      env: env.name,
      detail: { planHash, ...outcome, ...(resumes === undefined ? {} : { resumed: true, ...resumes }) },
      origin: by.origin,
    });
  }
}

function withPrevious({ declared, previous = [] }: LockedConnection): Table[] {
  const names = new Set(declared.map(nameOf));
  return [...declared, ...previous.filter((table) => !names.has(nameOf(table)))];
}

function nameOf({ schema, name }: Table): string {
  return JSON.stringify([schema, name]);
}
