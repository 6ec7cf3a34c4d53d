import { StkError } from '@santokit/contract';
import type { Sql } from 'postgres';
import { applyError } from './apply-error.ts';
import { type LockedDatabase, newLockHolder, withDatabaseLock } from './database-lock.ts';
import { runBatches } from './run-batches.ts';
import { longStatementMs, type RunOptions, runGroup } from './run-group.ts';
import {
  type Obstacle,
  PHASES,
  type Phase,
  type SchemaPlan,
  type SchemaStep,
  type StatementGroup,
} from './schema-plan.ts';
import type { Session } from './session.ts';

export interface ApplyOptions extends RunOptions {
  /** Called before and after each step; `ms` is how long it took. A step of two phases starts in one and is done in the other. */
  readonly onStep?: (event: ApplyEvent) => void;
}

export interface ApplyEvent {
  readonly step: SchemaStep;
  readonly index: number;
  readonly status: 'started' | 'done';
  readonly ms: number;
}

type Steps = Pick<SchemaPlan, 'steps'>;

/**
 * Takes all steps of a plan in order on a database under traffic, one apply at a time for each database. Locks that stop traffic are
 * waited for briefly and asked for again. What was done when a step fails stays done: plan and apply again to go on.
 * @throws StkError `CONFLICT` when another apply runs, a step is unsupported or fails; `SERVICE_UNAVAILABLE`
 */
export async function applySteps(sql: Sql, plan: Steps, options: ApplyOptions = {}): Promise<void> {
  refuseUnsupported(plan);
  if (plan.steps.length === 0) return;
  await withDatabaseLock(sql, newLockHolder(), async (locked) => {
    for (const phase of PHASES) await applyPhase(locked, { plan, phase }, options);
  });
}

/**
 * Does the part of a plan that belongs to one phase, as `applySteps` does. At the end of `expand` it is sure, as far as it can be, that
 * no row stands in the way of what is left.
 * @throws as `applySteps` does
 */
export async function applyPhase(
  { session }: LockedDatabase,
  { plan, phase }: { readonly plan: Steps; readonly phase: Phase },
  options: ApplyOptions = {},
): Promise<void> {
  refuseUnsupported(plan);
  for (const part of together(partsOf(plan, phase))) await runParts(session, part, options);
  if (phase !== 'expand') return;
  for (const step of plan.steps)
    if (step.obstacle !== undefined) await refuseObstacle(session, step, step.obstacle, options);
}

function refuseUnsupported({ steps }: Steps): void {
  const impossible = steps.find((step) => step.class === 'unsupported');
  if (impossible === undefined) return;
  const { what, table, advice = '' } = impossible;
  throw new StkError('CONFLICT', `Cannot ${what} (table ${table}). ${advice}`.trim());
}

/** A group of a step. */
interface Part {
  readonly step: SchemaStep;
  readonly index: number;
  readonly group: StatementGroup;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function partsOf({ steps }: Steps, phase: Phase): Part[] {
  return steps.flatMap((step, index) =>
    step.groups
      .map((group, at) => ({ step, index, group, isFirst: at === 0, isLast: at === step.groups.length - 1 }))
      .filter(({ group }) => (group.phase ?? step.phase) === phase),
  );
}

/** Parts that make one transaction beside each other, the others alone. */
function together(parts: readonly Part[]): Part[][] {
  const runs: Part[][] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (part.group.together === true && last?.[0]?.group.together === true) last.push(part);
    else runs.push([part]);
  }
  return runs;
}

async function runParts(session: Session, parts: readonly Part[], options: ApplyOptions): Promise<void> {
  const [first] = parts;
  if (first === undefined) return;
  const tell = (status: ApplyEvent['status'], isDue: (part: Part) => boolean, ms: number) => {
    for (const part of parts) if (isDue(part)) options.onStep?.({ step: part.step, index: part.index, status, ms });
  };
  const startedMs = performance.now();
  tell('started', ({ isFirst }) => isFirst, 0);
  const group = { ...first.group, statements: parts.flatMap((part) => part.group.statements) };
  try {
    await (group.mode === 'batches' ? runBatches : runGroup)(session, group, options);
  } catch (thrown) {
    throw applyError(first.step, thrown);
  }
  tell('done', ({ isLast }) => isLast, performance.now() - startedMs);
}

/** @throws StkError what the step itself would fail with */
async function refuseObstacle(
  session: Session,
  step: SchemaStep,
  { query, sqlState }: Obstacle,
  options: ApplyOptions,
): Promise<void> {
  try {
    await session.run(`SET statement_timeout = ${longStatementMs(options)}`);
    const [row] = await session.run(query);
    if (Object.values(row ?? {})[0] !== true) return;
  } catch (thrown) {
    throw applyError(step, thrown);
  }
  throw applyError(step, Object.assign(new Error('a row stands in the way'), { code: sqlState }));
}
