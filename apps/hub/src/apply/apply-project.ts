import { APPLY_PARTS, type ApplyAnswer, type CompiledRelease, StkError } from '@santokit/contract';
import { locateEnv } from '../access/locate.ts';
import { storeArtifacts } from '../artifacts/store-artifacts.ts';
import { oldBridgeWarnings, refuseOldBridges } from '../bridges/old-bridges.ts';
import { requireConnections } from '../connections/require-connections.ts';
import { findImpact } from '../permissions/find-impact.ts';
import type { ReleaseAuthor } from '../releases/move-to-release.ts';
import { neededBridgeVersion } from '../releases/needed-bridge-version.ts';
import { releaseContent, storedRelease } from '../releases/stored-release.ts';
import {
  type ConnectionPlan,
  planAnswer,
  planConnections,
  planLive,
  type SchemaPlace,
} from '../schema/plan-connections.ts';
import { type ReadFiles, readFiles } from '../schema/read-files.ts';
import { bucketsWithoutCredentials } from '../storage/buckets-without-credentials.ts';
import type { ApplyRequest } from './apply-request.ts';
import { breaksOf, schemaAhead } from './breaks.ts';
import { compileRelease, connectionsIn } from './compile-release.ts';
import { executeApply } from './execute-apply.ts';
import { type LockedConnection, withLockedDatabases } from './locked-databases.ts';
import type { PlannedConnection } from './schema-apply.ts';
import { StepClock } from './step-clock.ts';

/** A dry run takes no longer to count rows. */
const MOST_IMPACT_MS = 30_000;
type ApplyPart = (typeof APPLY_PARTS)[number];

/**
 * Validate, plan, guard, apply the schema, check for drift, compile, release, move the pointer: a step that fails stops it
 * with nothing half-published, and running it again does what is left. What the release in force still needs is taken from the
 * schema last, when live Bridges have followed the pointer. The databases belong to this apply from the plan to its end.
 * @throws StkError with the problems, the plan or the drift in its details
 */
export async function applyProject(place: SchemaPlace, request: ApplyRequest, by: ReleaseAuthor): Promise<ApplyAnswer> {
  const clock = new StepClock();
  const files = await clock.run('validate', () => readFiles(place.deps, request.files));
  if (request.dryRun) {
    const plans = await clock.run('plan', () => planConnections(place, files));
    const { answer, release } = await prepare(place, request, { clock, files, plans });
    const options = { timeoutMs: MOST_IMPACT_MS, signal: request.signal };
    const impact = release === undefined ? [] : await findImpact(place, release, options);
    return { ...answer, impact, steps: clock.steps() };
  }
  return withLockedDatabases(place, files.model.schema, async (connections) => {
    const plans = await clock.run('plan', () => planLocked(connections, files));
    const prepared = await prepare(place, request, { clock, files, plans });
    const { answer, release } = prepared;
    if (release !== undefined) await storeArtifacts(place.deps.store.db, files.artifacts);
    const moved = await executeApply({ place, request, by, clock, plans, release, planHash: answer.planHash });
    return { ...answer, ...moved, steps: clock.steps() };
  });
}

async function planLocked(connections: readonly LockedConnection[], files: ReadFiles): Promise<PlannedConnection[]> {
  const plans: PlannedConnection[] = [];
  for (const connection of connections)
    plans.push({ ...connection, plan: await planLive(connection.database, connection, files) });
  return plans;
}

interface Preparation {
  readonly clock: StepClock;
  readonly files: ReadFiles;
  readonly plans: readonly ConnectionPlan[];
}

interface Prepared {
  /** As it is answered while nothing is released. */
  readonly answer: Omit<ApplyAnswer, 'steps'>;
  /** Undefined where the schema alone is applied. */
  readonly release: CompiledRelease | undefined;
}

/** Everything that can be known and refused before anything is done. */
async function prepare(
  place: SchemaPlace,
  request: ApplyRequest,
  { clock, files, plans }: Preparation,
): Promise<Prepared> {
  const only = request.only ?? APPLY_PARTS;
  const { planHash, plan, warnings } = planAnswer(plans, files.model);
  if (request.planHash !== undefined && request.planHash !== planHash) {
    throw new StkError(
      'CONFLICT',
      'The plan is not the one that was shown: the database or the files have changed since',
      { planHash, plan },
    );
  }
  // Made before anything is done: it says which Bridges could serve it.
  const release = only.every((part) => part === 'schema')
    ? undefined
    : await clock.run('compile', () => draftRelease(place, only, { files, plans }));
  const bridgeWarnings = release === undefined ? [] : await guardBridges(place, release, request);
  const storageWarnings = await bucketsWithoutCredentials(place.deps.store.db, place.env, release?.storage);
  const breaks = release === undefined ? breaksOf(plans, (await currentRelease(place))?.schema ?? {}) : [];
  if (breaks.length > 0 && !(request.force || request.dryRun)) throw schemaAhead(breaks, plan);
  if (only.includes('schema') && !request.dryRun) guard(plan, request.force);
  const unreleased = { releaseId: null, contentHash: null, reused: false };
  const ahead = breaks.length === 0 ? [] : [schemaAhead(breaks, plan).message];
  const allWarnings = [...files.warnings, ...warnings, ...bridgeWarnings, ...storageWarnings, ...ahead];
  return { release, answer: { ...unreleased, ref: request.ref, planHash, plan, warnings: allWarnings } };
}

/** The release that the parts make which were asked for: without `release`, the one before with these parts of the files. */
async function draftRelease(
  place: SchemaPlace,
  only: readonly ApplyPart[],
  { files, plans }: { files: ReadFiles; plans: readonly ConnectionPlan[] },
): Promise<CompiledRelease> {
  const base = only.includes('release') ? undefined : await currentRelease(place);
  const needed = connectionsIn(files.model.schema, base === undefined ? files.logics : base.logics);
  const planned = plans.map(({ connection }) => connection);
  // There may be logic on a connection without tables.
  const others = [...needed].filter((name) => !planned.some((connection) => connection.name === name));
  const namedAt = base === undefined ? files.model.sqlLogics.map(({ connection }) => connection) : [];
  const found = await requireConnections(place.deps.store.db, place.env, { names: others, namedAt });
  const connections = [...planned, ...found];
  return compileRelease({ files, connections, base, withSchema: only.includes('schema') });
}

/** What the env serves now; it may be another than when the request came, before the apply had the env to itself. */
async function currentRelease({ deps, project, env }: SchemaPlace): Promise<CompiledRelease | undefined> {
  const { db } = deps.store;
  const { currentReleaseId } = await locateEnv(db, project, env.name);
  return currentReleaseId === null ? undefined : releaseContent(await storedRelease(db, project, currentReleaseId));
}

function guard(plan: ApplyAnswer['plan'], force: boolean): void {
  const unsupported = plan.filter((step) => step.class === 'unsupported');
  const [first] = unsupported;
  if (first !== undefined) {
    throw new StkError(
      'RELEASE_BLOCKED',
      `Not supported: ${first.what} (${first.table}). ${first.advice ?? ''}`.trim(),
      { plan },
    );
  }
  const destructive = plan.filter((step) => step.class === 'destructive');
  if (destructive.length > 0 && !force) {
    const count =
      destructive.length === 1
        ? 'a step that destroys or may refuse data'
        : `${destructive.length} steps that destroy or may refuse data`;
    throw new StkError('DESTRUCTIVE_CHANGE', `The plan has ${count}: apply with --force if that is meant`, { plan });
  }
}

/** @returns what is to be said of Bridges that are too old, where they do not stop the apply */
async function guardBridges(place: SchemaPlace, release: CompiledRelease, request: ApplyRequest): Promise<string[]> {
  const needed = neededBridgeVersion(release);
  if (request.checkBridgeVersions || !(request.force || request.dryRun)) await refuseOldBridges(place, needed);
  return oldBridgeWarnings(place, needed);
}
