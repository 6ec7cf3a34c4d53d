import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  bridgeReportSchema,
  type InternalArtifact,
  type InternalConnections,
  type InternalCurrentRelease,
  type InternalTargets,
  type SignedRelease,
  StkError,
} from '@santokit/contract';
import { equalInConstantTime } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { findArtifact } from '../artifacts/find-artifact.ts';
import { recordRefusal } from '../audit/record-refusal.ts';
import { seeBridges } from '../bridges/see-bridges.ts';
import { takeReport } from '../bridges/take-report.ts';
import { findConnections } from '../connections/find-connections.ts';
import { openConnectionUrl } from '../connections/open-connection.ts';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/hub-env.ts';
import { originOf } from '../http/origin-of.ts';
import { readBody } from '../http/read-body.ts';
import { NO_RELEASE_NEEDS } from '../releases/needed-bridge-version.ts';
import { notePull } from '../signing-keys/follow-next-key.ts';
import { openStorageCredentials } from '../storage/open-credentials.ts';
import { envs, projects } from '../store/tables/projects.ts';
import { releases } from '../store/tables/releases.ts';
import { keysOf } from './keys-of.ts';

const compress = promisify(gzip);
const REPORT_LIMIT_BYTES = 4 * 1_024 * 1_024;
const MOST_WAIT_SECONDS = 60;
/** What a name or an id looks like: the store cannot even be asked for some other texts. */
const NAME = /^[A-Za-z0-9_.-]{1,100}$/;

/** The door for Bridges, under `/internal`. */
export function internalApp(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  // Probes have no token; whoever shows one wants to know whether it is good.
  app.get('/healthz', async (context) => {
    if (context.req.header('authorization') !== undefined) await requireServiceToken(deps, context);
    return context.json({ ok: true });
  });
  app.use('*', async (context, next) => {
    await requireServiceToken(deps, context);
    await next();
  });
  app.use('*', seeBridges(deps));
  app.get('/targets', async (context) => context.json({ data: await targets(deps) }));
  app.get('/releases/current', (context) => currentRelease(deps, context));
  app.get('/releases/:releaseId', (context) => releasePayload(deps, context));
  app.get('/artifacts/:hash', async (context) => answerForEver(context, await artifactOf(deps, context)));
  app.get('/artifacts/:hash/source-map', async (context) => answerForEver(context, await sourceMapOf(deps, context)));
  app.get('/keys/:project/:env', async (context) => {
    const env = await findEnv(deps, context.req.param('project'), context.req.param('env'));
    const { json, nextKid } = await keysOf(deps, env);
    if (nextKid !== undefined) await notePull(deps, nextKid, context.req.header('x-bridge-instance-id'));
    return answerWithEtag(context, json);
  });
  app.get('/connections/:project/:env', async (context) => {
    const env = await findEnv(deps, context.req.param('project'), context.req.param('env'));
    return answerWithEtag(context, JSON.stringify(await connectionsOf(deps, env)));
  });
  app.post('/reports', async (context) => {
    await takeReport(deps, await readBody(context.req.raw, bridgeReportSchema, REPORT_LIMIT_BYTES));
    return context.json({ data: {} });
  });
  return app;
}

/** An env as Bridges name it. */
export interface TargetEnv {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly currentReleaseId: string | null;
  readonly minimumBridgeVersion: string | null;
  readonly pointerVersion: number;
  readonly pointerMovedAt: Date;
  readonly logsWantedUntil: Date | null;
}

async function requireServiceToken(deps: Deps, context: Context<HubEnv>): Promise<void> {
  const token = /^bearer (\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? '';
  // Every token is compared, so that the time does not tell which one was near.
  const matches = deps.config.bridgeTokens.filter((expected) => equalInConstantTime(token, expected));
  if (matches.length > 0) return;
  const error = new StkError('UNAUTHORIZED', 'The service token is not valid');
  await recordRefusal(deps, {
    action: 'access.refuse',
    error,
    actor: null,
    actorType: 'bridge',
    project: null,
    env: null,
    detail: { route: 'internal' },
    origin: originOf(context),
  });
  throw error;
}

async function targets({ store }: Deps): Promise<InternalTargets> {
  const found = await store.db
    .select({ project: projects.name, env: envs.name })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .orderBy(projects.name, envs.name);
  return { targets: found };
}

async function findEnv({ store }: Deps, project: string, env: string): Promise<TargetEnv> {
  if (!NAME.test(project) || !NAME.test(env)) throw new StkError('NOT_FOUND', 'There is no such project and env');
  const [found] = await store.db
    .select({
      id: envs.id,
      name: envs.name,
      projectId: projects.id,
      projectName: projects.name,
      currentReleaseId: envs.currentReleaseId,
      minimumBridgeVersion: releases.minimumBridgeVersion,
      pointerVersion: envs.pointerVersion,
      pointerMovedAt: envs.pointerMovedAt,
      logsWantedUntil: envs.logsWantedUntil,
    })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .leftJoin(releases, eq(releases.id, envs.currentReleaseId))
    .where(and(eq(projects.name, project), eq(envs.name, env)));
  if (found === undefined) throw new StkError('NOT_FOUND', 'There is no such project and env');
  return found;
}

/** The pointer; with `wait` and the ETag of what the Bridge has, held until it moves or the time is over. */
async function currentRelease(deps: Deps, context: Context<HubEnv>): Promise<Response> {
  const { project = '', env: envName = '', wait = '0' } = context.req.query();
  const seen = context.req.header('if-none-match');
  let env = await findEnv(deps, project, envName);
  const waitSeconds = Math.min(Number.parseInt(wait, 10) || 0, MOST_WAIT_SECONDS);
  if (waitSeconds > 0 && seen === pointerEtag(env)) {
    const { id } = env;
    const signal = AbortSignal.any([context.req.raw.signal, deps.stopping]);
    const ready = async () => seen !== pointerEtag(await findEnv(deps, project, envName));
    await deps.pointers.wait(id, { timeoutMs: waitSeconds * 1_000, signal, ready });
    env = await findEnv(deps, project, envName);
  }
  context.header('ETag', pointerEtag(env));
  if (seen === pointerEtag(env)) return context.body(null, 304);
  const data: InternalCurrentRelease = {
    project: env.projectName,
    env: env.name,
    releaseId: env.currentReleaseId,
    updatedAt: env.pointerMovedAt.toISOString(),
    minimumBridgeVersion: env.minimumBridgeVersion ?? NO_RELEASE_NEEDS,
    ...logsWanted(deps, env),
  };
  return context.json({ data });
}

/** As a time from now: a Bridge's clock may be another. */
function logsWanted({ clock }: Deps, { logsWantedUntil }: TargetEnv): Pick<InternalCurrentRelease, 'logsForSeconds'> {
  const seconds = ((logsWantedUntil?.getTime() ?? 0) - clock().getTime()) / 1_000;
  return seconds > 0 ? { logsForSeconds: seconds } : {};
}

function pointerEtag(env: Pick<TargetEnv, 'id' | 'pointerVersion'>): string {
  return `"${env.id}.${env.pointerVersion}"`;
}

async function releasePayload({ store }: Deps, context: Context<HubEnv>): Promise<Response> {
  const releaseId = context.req.param('releaseId') ?? '';
  if (!NAME.test(releaseId)) throw new StkError('NOT_FOUND', 'There is no such release');
  const [found] = await store.db
    .select({
      releaseId: releases.id,
      project: projects.name,
      contentHash: releases.contentHash,
      content: releases.content,
      signature: releases.signature,
      signingKeyId: releases.signingKeyId,
    })
    .from(releases)
    .innerJoin(projects, eq(projects.id, releases.projectId))
    .where(eq(releases.id, releaseId));
  if (found === undefined) throw new StkError('NOT_FOUND', 'There is no such release');
  const payload: SignedRelease = found;
  const body = JSON.stringify({ data: payload });
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'private, max-age=31536000, immutable',
    ETag: `"${found.contentHash}"`,
    Vary: 'Accept-Encoding',
  };
  if (context.req.header('if-none-match') === headers.ETag) return context.body(null, 304, headers);
  const acceptsGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return acceptsGzip
    ? context.body(new Uint8Array(await compress(body)), 200, { ...headers, 'Content-Encoding': 'gzip' })
    : context.body(body, 200, headers);
}

async function connectionsOf(deps: Deps, env: TargetEnv): Promise<InternalConnections> {
  const found = await findConnections(deps.store.db, env);
  const storage = await openStorageCredentials(deps, env);
  return {
    ...(storage.length === 0 ? {} : { storage }),
    connections: await Promise.all(
      found.map(async (connection) => ({
        name: connection.name,
        engine: connection.engine,
        url: await openConnectionUrl(deps, { id: env.projectId }, connection),
        version: connection.version,
      })),
    ),
  };
}

async function artifactOf({ store }: Deps, context: Context<HubEnv>): Promise<InternalArtifact> {
  const { content } = await findArtifact(store.db, context.req.param('hash') ?? '');
  return { content };
}

async function sourceMapOf({ store }: Deps, context: Context<HubEnv>): Promise<InternalArtifact> {
  const { sourceMap } = await findArtifact(store.db, context.req.param('hash') ?? '');
  if (sourceMap === null) throw new StkError('NOT_FOUND', 'There is no such artifact');
  return { content: sourceMap };
}

function answerForEver(context: Context<HubEnv>, data: unknown): Response {
  context.header('Cache-Control', 'private, max-age=31536000, immutable');
  return context.json({ data });
}

/** The text itself is hashed: keys may have a hundred thousand marks with them, and are written in the same order each time. */
function answerWithEtag(context: Context<HubEnv>, json: string): Response {
  const body = `{"data":${json}}`;
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = { ETag: etag, 'Cache-Control': 'no-store' };
  if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers);
  return context.body(body, 200, { ...headers, 'Content-Type': 'application/json' });
}
