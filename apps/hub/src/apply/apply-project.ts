import {
  APPLY_PARTS,
  type ApplyAnswer,
  type applyRequestSchema,
  type CompiledRelease,
  StkError,
} from '@santokit/contract';
import { contentHash } from '@santokit/crypto';
import type { z } from 'zod';
import { oldBridgeWarnings, refuseOldBridges } from '../bridges/old-bridges.ts';
import { moveToRelease, type ReleaseAuthor } from '../releases/move-to-release.ts';
import { neededBridgeVersion } from '../releases/needed-bridge-version.ts';
import { findSchemaDrift } from '../schema/find-schema-drift.ts';
import { planAnswer, planConnections, type SchemaPlace } from '../schema/plan-connections.ts';
import { type ReadFiles, readFiles } from '../schema/read-files.ts';
import { applyPlans } from './apply-plans.ts';
import { StepClock } from './step-clock.ts';

type ApplyRequest = z.output<typeof applyRequestSchema>;

/**
 * Validate, plan, guard, apply the schema, check for drift, compile, release, move the pointer: a step that fails stops it
 * with nothing half-published, and running it again does what is left.
 * @throws StkError with the problems, the plan or the drift in its details
 */
export async function applyProject(place: SchemaPlace, request: ApplyRequest, by: ReleaseAuthor): Promise<ApplyAnswer> {
  const only = request.only ?? APPLY_PARTS;
  const clock = new StepClock();
  const files = await clock.run('validate', () => readFiles(request.files));
  const plans = await clock.run('plan', () => planConnections(place, files.model.schema));
  const { planHash, plan, warnings } = planAnswer(plans);
  if (request.planHash !== undefined && request.planHash !== planHash) {
    throw new StkError(
      'CONFLICT',
      'The plan is not the one that was shown: the database or the files have changed since',
      { planHash, plan },
    );
  }
  // Made before anything is done: it says which Bridges could serve it.
  const release = only.includes('release')
    ? await clock.run('compile', () => compileRelease(place, files, plans))
    : undefined;
  const bridgeWarnings = release === undefined ? [] : await guardBridges(place, release, request);
  const answer = { ref: request.ref, planHash, plan, warnings: [...files.warnings, ...warnings, ...bridgeWarnings] };
  const unreleased = { releaseId: null, contentHash: null, reused: false };
  if (request.dryRun) return { ...unreleased, ...answer, steps: clock.steps() };
  if (only.includes('schema')) {
    guard(plan, request.force);
    await clock.run('schema', () => applyPlans(place, plans, { planHash, by }));
  }
  if (release === undefined) return { ...unreleased, ...answer, steps: clock.steps() };
  await clock.run('drift', () => refuseDrift(place, files));
  const hash = await clock.run('release', () => contentHash(release));
  const { releaseId, reused } = await clock.run('pointer', () =>
    moveToRelease(place, { release, contentHash: hash, ref: request.ref, planHash }, by),
  );
  return { releaseId, contentHash: hash, reused, ...answer, steps: clock.steps() };
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

async function refuseDrift(place: SchemaPlace, files: ReadFiles): Promise<void> {
  const drift = await findSchemaDrift(place, files.model.schema);
  if (drift.length > 0) throw new StkError('SCHEMA_DRIFT', 'The database differs from the declared schema', { drift });
}

function compileRelease(
  { env }: SchemaPlace,
  { model, permissions }: ReadFiles,
  plans: Awaited<ReturnType<typeof planConnections>>,
): CompiledRelease {
  const names = new Set(Object.values(model.schema).map((table) => table.connection));
  const connections = plans
    .filter(({ connection }) => names.has(connection.name))
    .map(({ connection }) => [connection.name, { engine: connection.engine }] as const);
  if (connections.length !== names.size) throw new Error(`A connection of ${env.name} was not planned`);
  return {
    formatVersion: 1,
    connections: Object.fromEntries(connections),
    schema: model.schema,
    permissions,
    auth: model.auth,
    limits: model.limits,
  };
}
