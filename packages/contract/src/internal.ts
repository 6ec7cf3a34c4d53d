import { z } from 'zod';
import type { CompiledRelease } from './compiled-release.ts';
import { logLineSchema, REPORTED_LINES_MAX } from './hub-api/logs.ts';

/** The protocol between Hub and Bridges (`/internal/*`). Answers are schemas, because a Bridge trusts nothing that it pulled. */

export const internalTargetsSchema = z.object({
  targets: z.array(z.object({ project: z.string(), env: z.string() })),
});
export type InternalTargets = z.infer<typeof internalTargetsSchema>;

/** `releaseId` is null for an env to which nothing was applied yet. */
export const internalCurrentReleaseSchema = z.object({
  project: z.string(),
  env: z.string(),
  releaseId: z.string().nullable(),
  updatedAt: z.string(),
  minimumBridgeVersion: z.string(),
  /** For so long somebody wants to see what the Bridge's log says about the env. */
  logsForSeconds: z.number().positive().max(3_600).optional(),
});
export type InternalCurrentRelease = z.infer<typeof internalCurrentReleaseSchema>;

/**
 * A release as it travels. `content` is the compiled release as JSON text, byte for byte as the Hub stored it;
 * `contentHash` is `sha256:<hex>` of its canonical form (RFC 8785); `signature` is Ed25519 over the UTF-8 bytes of
 * `santokit-release-v1\n<releaseId>\n<project>\n<contentHash>\n`, base64, by the release key `signingKeyId`.
 */
export const signedReleaseSchema = z.object({
  releaseId: z.string(),
  project: z.string(),
  contentHash: z.string(),
  content: z.string(),
  signature: z.string(),
  signingKeyId: z.string(),
});
export type SignedRelease = z.infer<typeof signedReleaseSchema>;
/** What a release names by its hash (`/internal/artifacts/<hash>`), or the source map of it (`…/source-map`). */
export const internalArtifactSchema = z.object({ content: z.string() });
export type InternalArtifact = z.infer<typeof internalArtifactSchema>;

/** A release whose hash and signature were checked and whose content was parsed. */
export interface VerifiedRelease {
  readonly releaseId: string;
  readonly contentHash: string;
  /** Absent: it is not known, nor needed where the release has no events. */
  readonly project?: string;
  readonly release: CompiledRelease;
}

/** Verification material of one env. Public keys are 32 raw bytes, base64; instants are seconds since the epoch. */
export const internalKeysSchema = z.object({
  /** Verifies end users' access tokens, by `kid`. */
  tokenKeys: z.array(z.object({ kid: z.string(), publicKey: z.string(), status: z.enum(['current', 'previous']) })),
  /** `secretHash` is the SHA-256 of the secret part, hex. Revoked and expired keys are absent. */
  apiKeys: z.array(
    z.object({
      keyId: z.string(),
      secretHash: z.string(),
      roles: z.array(z.string()),
      expiresAt: z.number().nullable(),
    }),
  ),
  /** A token of `sub` issued before `notBefore` is refused. */
  notBefore: z.array(z.object({ sub: z.string(), notBefore: z.number() })),
  releaseKeys: z.array(z.object({ keyId: z.string(), publicKey: z.string() })),
  /** 32 secret bytes, base64: what values are hashed with that a rule masks so. It is the same for as long as the env exists. */
  maskKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/)
    .optional(),
});
export type InternalKeys = z.infer<typeof internalKeysSchema>;

export const internalConnectionsSchema = z.object({
  connections: z.array(z.object({ name: z.string(), engine: z.string(), url: z.string(), version: z.number() })),
  /** By bucket of `config/storage.yaml`; absent where none were set. */
  storage: z
    .array(z.object({ bucket: z.string(), accessKeyId: z.string(), secretAccessKey: z.string(), version: z.number() }))
    .optional(),
});
export type InternalConnections = z.infer<typeof internalConnectionsSchema>;

export const bridgeTargetReportSchema = z.strictObject({
  project: z.string(),
  env: z.string(),
  releaseId: z.string().nullable(),
  state: z.enum(['EMPTY', 'FRESH', 'STALE', 'EXPIRED']),
  connectionVersions: z.record(z.string(), z.number()),
  lastError: z.string().max(2_000).nullable(),
  /** Only when asked: the newest lines about the env that were not reported yet, by their numbers in the Bridge's log. */
  logs: z
    .array(z.strictObject({ seq: z.int().min(1), line: logLineSchema }))
    .max(REPORTED_LINES_MAX)
    .optional(),
});
export type BridgeTargetReport = z.infer<typeof bridgeTargetReportSchema>;
/** What a Bridge serves; one that stops says with its last report that it serves nothing. */
export const bridgeReportSchema = z.strictObject({
  instanceId: z.string().min(1).max(200),
  version: z.string().max(50),
  targets: z.array(bridgeTargetReportSchema).max(10_000),
});
export type BridgeReport = z.infer<typeof bridgeReportSchema>;

/** The text that a release signature covers. */
export function releaseSigningInput(release: Pick<SignedRelease, 'releaseId' | 'project' | 'contentHash'>): string {
  return `santokit-release-v1\n${release.releaseId}\n${release.project}\n${release.contentHash}\n`;
}
