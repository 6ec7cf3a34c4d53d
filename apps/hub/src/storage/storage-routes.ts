import {
  removedStorageSchema,
  StkError,
  setStorageRequestSchema,
  storageCredentialsSchema,
  storageListSchema,
  storageTestSchema,
} from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { Store } from '@santokit/storage/store';
import { and, eq } from 'drizzle-orm';
import type { Env } from '../access/locate.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { route } from '../http/route.ts';
import { announceChange } from '../releases/announce-change.ts';
import { releaseContent, requireCurrentReleaseId, storedRelease } from '../releases/stored-release.ts';
import { sealForProject } from '../secrets/project-secrets.ts';
import type { StoreDb } from '../store/store.ts';
import { storageCredentials } from '../store/tables/storage.ts';
import {
  findStorageCredentials,
  openStorageCredentials,
  type StoredCredentials,
  storageSecretIdentity,
} from './open-credentials.ts';

/** As `config/storage.yaml` names buckets. */
const BUCKET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/;
const MOST_BUCKETS = 50;

export const setStorageRoute = route({
  name: 'storageSet',
  summary: "Register a bucket's credentials with an env, or change them; kept encrypted, not tried",
  least: 'admin',
  body: setStorageRequestSchema,
  answer: storageCredentialsSchema,
  audit: 'storage.set',
  async handle({ deps, body, params, actor, project, env, origin }) {
    const bucket = requireBucketName(params.name);
    const now = deps.clock();
    return deps.store.db.transaction(async (tx) => {
      const known = await findStorageCredentials(tx, env);
      const before = known.find((credentials) => credentials.bucket === bucket);
      if (before === undefined && known.length >= MOST_BUCKETS)
        throw new StkError('CONFLICT', `An env has credentials of at most ${MOST_BUCKETS} buckets`);
      const id = before?.id ?? `sto_${newUlid()}`;
      const identity = storageSecretIdentity({ projectId: project.id, envId: env.id, id });
      const plaintext = body.secretAccessKey;
      const sealedSecret = await sealForProject({ deps, db: tx, projectId: project.id, identity, plaintext });
      const values = {
        accessKeyId: body.accessKeyId,
        sealedSecret,
        version: (before?.version ?? 0) + 1,
        updatedAt: now,
      };
      const [written] = await tx
        .insert(storageCredentials)
        .values({ id, envId: env.id, bucket, createdAt: now, ...values })
        .onConflictDoUpdate({ target: storageCredentials.id, set: values })
        .returning();
      if (written === undefined) throw new Error('An upsert returned no row');
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'storage.set',
        project: project.name,
        env: env.name,
        detail: { bucket, accessKeyId: written.accessKeyId, version: written.version },
        origin,
      });
      return answerOf(written);
    });
  },
});

export const listStorageRoute = route({
  name: 'storageList',
  summary: 'The buckets of an env that have credentials, without their secrets',
  least: 'admin',
  answer: storageListSchema,
  async handle({ deps, env }) {
    return { items: (await findStorageCredentials(deps.store.db, env)).map(answerOf) };
  },
});

export const testStorageRoute = route({
  name: 'storageTest',
  summary: 'Write, read and delete an object in a bucket of the current release, within 10 seconds each',
  least: 'admin',
  answer: storageTestSchema,
  audit: 'storage.test',
  async handle({ deps, params, actor, project, env, origin }) {
    const name = requireBucketName(params.name);
    const release = releaseContent(await storedRelease(deps.store.db, project, requireCurrentReleaseId(env)));
    const buckets = release.storage?.buckets ?? {};
    const bucket = Object.hasOwn(buckets, name) ? buckets[name] : undefined;
    if (bucket === undefined)
      throw new StkError('NOT_FOUND', `The current release has no bucket "${name}": apply config/storage.yaml first`);
    const credentials = (await openStorageCredentials(deps, { id: env.id, projectId: project.id })).find(
      (candidate) => candidate.bucket === name,
    );
    if (credentials === undefined)
      throw new StkError('NOT_FOUND', `The bucket "${name}" has no credentials: give them with stk storage set`);
    const startedMs = performance.now();
    await probe(new Store({ bucket, credentials }), name, origin.traceparent);
    const latencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
    await deps.store.db.transaction((tx) =>
      appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'storage.test',
        project: project.name,
        env: env.name,
        detail: { bucket: name, version: credentials.version },
        origin,
      }),
    );
    return { ok: true as const, bucket: name, latencyMs };
  },
});

export const removeStorageRoute = route({
  name: 'storageRemove',
  summary: "Forget a bucket's credentials; its objects stay as they are",
  least: 'admin',
  answer: removedStorageSchema,
  audit: 'storage.remove',
  async handle({ deps, params, actor, project, env, origin }) {
    const bucket = requireBucketName(params.name);
    await deps.store.db.transaction(async (tx) => {
      const removed = await removeCredentials(tx, env, bucket);
      await announceChange(tx, env.id);
      await appendAudit(deps, tx, {
        actorId: actor.operatorId,
        actorType: 'operator',
        action: 'storage.remove',
        project: project.name,
        env: env.name,
        detail: { bucket, version: removed.version },
        origin,
      });
    });
    return { bucket };
  },
});

async function removeCredentials(tx: StoreDb, env: Env, bucket: string): Promise<StoredCredentials> {
  const [removed] = await tx
    .delete(storageCredentials)
    .where(and(eq(storageCredentials.envId, env.id), eq(storageCredentials.bucket, bucket)))
    .returning();
  if (removed === undefined)
    throw new StkError('NOT_FOUND', `The env "${env.name}" has no credentials of a bucket "${bucket}"`);
  return removed;
}

/** Does what a Bridge's callers do, with an object of its own. */
async function probe(store: Store, name: string, traceparent: string | undefined): Promise<void> {
  const key = `.santokit-test-${newUlid()}`;
  try {
    await store.put(key, name, traceparent);
    const read = await store.get(key, traceparent);
    await store.delete(key, traceparent);
    if (read !== name) throw new StkError('CONFLICT', 'The object store gave another object back than was written');
  } catch (thrown) {
    if (!(thrown instanceof StkError) || thrown.code !== 'SERVICE_UNAVAILABLE') throw thrown;
    const reason = reasonOf(thrown.cause);
    throw new StkError('SERVICE_UNAVAILABLE', `The bucket "${name}" cannot be used: ${reason}`, undefined, {
      cause: thrown,
    });
  } finally {
    store.close();
  }
}

function requireBucketName(name: string): string {
  if (BUCKET_NAME.test(name)) return name;
  throw new StkError('BAD_REQUEST', 'A bucket is named with letters, digits, "_" and "-", at most 63');
}

function answerOf({ bucket, accessKeyId, version, createdAt, updatedAt }: StoredCredentials) {
  return {
    bucket,
    accessKeyId,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** In a word that is safe to show: a code of the network (`ENOTFOUND`), or what the store calls it (`SignatureDoesNotMatch`). */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'no answer';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
