import { setTimeout as sleep } from 'node:timers/promises';
import { APPLY_PARTS, type ApplyAnswer, type CompiledRelease, type Schema, StkError } from '@santokit/contract';
import { contentHash } from '@santokit/crypto';
import { toAnswerError } from '../http/to-answer-error.ts';
import { moveToRelease, type ReleaseAuthor, type ReleaseMove } from '../releases/move-to-release.ts';
import { neededBridgeVersion } from '../releases/needed-bridge-version.ts';
import { findSchemaDrift } from '../schema/find-schema-drift.ts';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { keepJournal, settleJournal } from './apply-journal.ts';
import type { ApplyRequest } from './apply-request.ts';
import { awaitBridges } from './await-bridges.ts';
import { type PlannedConnection, SchemaApply } from './schema-apply.ts';
import type { StepClock } from './step-clock.ts';

export interface ApplyExecution {
  readonly place: SchemaPlace;
  readonly request: Pick<ApplyRequest, 'only' | 'ref'>;
  readonly by: ReleaseAuthor;
  readonly clock: StepClock;
  readonly plans: readonly PlannedConnection[];
  readonly planHash: string;
  /** Undefined where the schema alone is applied. */
  readonly release: CompiledRelease | undefined;
  /** Whose apply it finishes, where it is one that was interrupted. */
  readonly resumes?: { readonly requestedBy: string | null };
}

const MOST_WRAP_UP_MS = 5_000;

interface Moved extends Pick<ApplyAnswer, 'reused'> {
  readonly releaseId: string;
  readonly contentHash: string;
}

/**
 * Does what was planned. The pointer moves once everything is there that its release needs, and nothing is gone that the release before
 * needs but for what was renamed, which is done right before. What values may not be is said before that, too: a row that is written
 * meanwhile can make it fail, and then nothing has moved.
 * @returns what it released; undefined for the schema alone
 * @throws StkError when a step fails, or when the databases are not as declared in the end
 */
export async function executeApply(execution: ApplyExecution): Promise<Moved | undefined> {
  const { place, request, release, clock, plans } = execution;
  const isResumed = execution.resumes !== undefined;
  const only = request.only ?? APPLY_PARTS;
  if (!only.includes('schema')) return release === undefined ? undefined : await publish(execution, release, new Map());
  const schema = new SchemaApply(place, execution);
  const run = async (phase: Parameters<SchemaApply['run']>[0]) => await clock.run('schema', () => schema.run(phase));
  try {
    if (!isResumed) await settleJournal(place, plans);
    await run('expand');
    if (schema.isDone) await schema.finish();
    if (release === undefined) {
      await run('guard');
      await run('switch');
      await run('contract');
      await schema.finish();
      return undefined;
    }
    const moved = await publish(execution, release, schema.pending(), async () => {
      const move = { release, ref: request.ref, action: actionOf(request) };
      if (!isResumed && (schema.has('guard') || schema.has('switch'))) await keepJournal({ ...execution, move });
      await run('guard');
      await run('switch');
    });
    if (schema.has('contract')) await afterwards(execution, { release, moved, contract: () => run('contract') });
    await schema.finish();
    return moved;
  } catch (thrown) {
    await atMost(MOST_WRAP_UP_MS, wrapUp(execution, schema, thrown));
    throw thrown;
  }
}

/** Writes down how far it came. What cannot be settled now is left to the Hub's upkeep. */
async function wrapUp({ place, plans }: ApplyExecution, schema: SchemaApply, thrown: unknown): Promise<void> {
  try {
    await schema.fail(thrown);
    await settleJournal(place, plans);
  } catch (error) {
    const { code } = toAnswerError(error);
    place.deps.logger.warn(
      { project: place.project.name, env: place.env.name, code },
      'A failed apply was not settled',
    );
  }
}

/** Without its database a Hub's statements wait, and so would who is to be told that the apply failed. They are done all the same. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal, ref: false }).catch(() => undefined)]);
  timer.abort();
}

type Pending = NonNullable<NonNullable<Parameters<typeof findSchemaDrift>[2]>['pending']>;

/** Moves the pointer onto databases that have what the release needs. `atLast` makes the changes that cannot be made sooner. */
async function publish(
  { place, request, clock, plans, planHash, by }: ApplyExecution,
  release: CompiledRelease,
  pending: Pending,
  atLast: () => Promise<void> = async () => {},
): Promise<Moved> {
  await clock.run('drift', () => refuseDrift(place, release.schema, pending));
  const hash = await clock.run('release', () => contentHash(release));
  for (const { locked } of plans) await locked.confirm();
  await atLast();
  const draft = { release, contentHash: hash, ref: request.ref, planHash, action: actionOf(request) } as const;
  const { releaseId, reused } = await clock.run('pointer', () => moveToRelease(place, draft, by));
  return { releaseId, contentHash: hash, reused };
}

/** What the audit log calls the release that is made. */
function actionOf({ only }: Pick<ApplyRequest, 'only'>): ReleaseMove['action'] {
  return (only ?? APPLY_PARTS).includes('release') ? 'release.create' : 'permissions.apply';
}

interface Afterwards {
  readonly release: CompiledRelease;
  readonly moved: Moved;
  readonly contract: () => Promise<void>;
}

/** Takes from the schema what no Bridge needs any more. */
async function afterwards({ place, clock }: ApplyExecution, { release, moved, contract }: Afterwards): Promise<void> {
  const { releaseId } = moved;
  try {
    await clock.run('schema', () =>
      awaitBridges(place, { releaseId, minimumBridgeVersion: neededBridgeVersion(release) }),
    );
    await contract();
    await clock.run('drift', () => refuseDrift(place, release.schema));
  } catch (thrown) {
    const { code, message, details, cause } = toAnswerError(thrown);
    const left = `The release ${releaseId} is in force, and apply does what is left when it is run again`;
    throw new StkError(code, `${message.replace(/\.$/, '')}. ${left}`, { ...details, releaseId }, { cause });
  }
}

async function refuseDrift(place: SchemaPlace, schema: Schema, pending: Pending = new Map()): Promise<void> {
  const drift = await findSchemaDrift(place, schema, { pending });
  if (drift.length > 0) throw new StkError('SCHEMA_DRIFT', 'The database differs from the declared schema', { drift });
}
