import { prepareRelease, type ServedRelease } from '@santokit/calls';
import {
  type CompiledRelease,
  ENGINE_NAMES,
  type InternalKeys,
  type Limits,
  parseJson,
  type SignedRelease,
} from '@santokit/contract';
import { contentHash, createValueHash, isReleaseSignatureValid } from '@santokit/crypto';
import { z } from 'zod';

export interface LoadReleaseOptions {
  readonly signed: SignedRelease;
  readonly project: string;
  /** The id that the pointer names. */
  readonly releaseId: string;
  readonly releaseKeys: InternalKeys['releaseKeys'];
  readonly maskKey: string | undefined;
  readonly limits: Limits;
}

/** A release was pulled that must not be served. */
export class ReleaseRefused extends Error {
  constructor(releaseId: string, reason: string, options?: ErrorOptions) {
    super(`Release ${releaseId.slice(0, 100)} is refused: ${reason}`, options);
    this.name = 'ReleaseRefused';
  }
}

/**
 * Checks a pulled release (identity, signature, hash, format) and compiles it aside.
 * @throws ReleaseRefused that says what is wrong
 */
export function loadRelease(options: LoadReleaseOptions): ServedRelease {
  const { signed, project, releaseId, releaseKeys, maskKey, limits } = options;
  const refuse = (reason: string, cause?: unknown) =>
    new ReleaseRefused(releaseId, reason, cause === undefined ? undefined : { cause });
  if (signed.releaseId !== releaseId || signed.project !== project) throw refuse('it is another than was asked for');
  const key = releaseKeys.find(({ keyId }) => keyId === signed.signingKeyId);
  if (key === undefined) throw refuse('it is signed by a key that is not known');
  if (!isReleaseSignatureValid(key.publicKey, signed)) throw refuse('its signature is wrong');
  const content = contentOf(signed, refuse);
  const shape = compiledReleaseShape.safeParse(content);
  if (!shape.success)
    throw refuse(`its content is not of a format that this Bridge serves (${shape.error.issues[0]?.path.join('.')})`);
  try {
    // The Hub that signed it is trusted with what lies inside; `prepareRelease` proves what is served.
    const release = content as CompiledRelease;
    const hash = maskKey === undefined ? undefined : createValueHash(Buffer.from(maskKey, 'base64'));
    return prepareRelease({ releaseId, project, contentHash: signed.contentHash, release }, limits, hash);
  } catch (cause) {
    throw refuse(`it does not compile: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function contentOf(signed: SignedRelease, refuse: (reason: string, cause?: unknown) => ReleaseRefused): unknown {
  let content: unknown;
  try {
    content = parseJson(signed.content);
    if (contentHash(content) === signed.contentHash) return content;
  } catch (cause) {
    throw refuse('its content is not JSON', cause);
  }
  throw refuse('its content does not have the hash that was signed');
}

/** The outline: what is read before anything is compiled. */
const compiledReleaseShape = z.object({
  formatVersion: z.literal(1),
  connections: z.record(z.string(), z.object({ engine: z.enum(ENGINE_NAMES) })),
  schema: z.record(z.string(), z.object({ name: z.string(), connection: z.string() })),
  permissions: z.object({ tables: z.record(z.string(), z.object({})) }),
  auth: z.object({ origins: z.array(z.string()) }),
  limits: z.object({ ceilings: z.record(z.string(), z.number()) }),
  logics: z.record(z.string(), z.object({ kind: z.enum(['sql', 'function']), connection: z.string() })).optional(),
  crons: z.record(z.string(), z.object({ handler: z.string(), enabled: z.boolean() })).optional(),
});
