import { z } from 'zod';
import { ENGINE_NAMES } from './compiled-release.ts';
import { impactEntrySchema } from './hub-api/impact.ts';
import { RESOURCE_NAME } from './identifiers.ts';
import { roleNameSchema } from './role-name.ts';

/**
 * Requests and answers of the Hub's doors for operators (`/api/v1`) and end users (`/endusers`). The Hub validates with
 * these schemas and generates OpenAPI from them; the CLI reads answers with them. Every answer stands in `{ "data": … }`.
 * Instants are RFC 3339 text in UTC.
 */

export const resourceNameSchema = z
  .string()
  .regex(
    RESOURCE_NAME,
    'lower-case letters, digits and hyphens, at most 40, beginning and ending with a letter or digit',
  );
export const emailSchema = z.email().max(254);
export const passwordSchema = z.string().min(12, 'at least 12 characters').max(1_024);
const list = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

// Operators

export const setupRequestSchema = z.strictObject({
  token: z.string().min(1),
  email: emailSchema,
  password: passwordSchema,
  name: z.string().max(200).optional(),
  org: resourceNameSchema,
});
export const operatorSchema = z.object({ id: z.string(), email: z.string(), name: z.string().nullable() });
export const operatorSessionSchema = z.object({ token: z.string(), expiresAt: z.string(), operator: operatorSchema });
/** `code`, of the authenticator or for recovery, where the account has a second factor. */
export const loginRequestSchema = z.strictObject({
  email: z.string().max(254),
  password: z.string().max(1_024),
  code: z.string().max(100).optional(),
});
export const ORG_ROLES = ['member', 'admin', 'owner'] as const;
export type OrgRole = (typeof ORG_ROLES)[number];
export const whoamiSchema = z.object({
  operator: operatorSchema,
  orgs: z.array(z.object({ name: z.string(), role: z.enum(ORG_ROLES) })),
  totp: z.boolean(),
});

export const PROJECT_ROLES = ['viewer', 'deployer', 'admin'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

/** `expiresInDays` counts from now; a token is scoped to a role on one project. */
export const createTokenRequestSchema = z.strictObject({
  name: z.string().min(1).max(100),
  project: resourceNameSchema,
  role: z.enum(PROJECT_ROLES),
  expiresInDays: z.int().min(1).max(366).default(90),
});
export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  role: z.enum(PROJECT_ROLES),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export const createdTokenSchema = tokenSchema.extend({ token: z.string() });
export const tokenListSchema = list(tokenSchema);

// Orgs, projects, envs

export const orgSchema = z.object({ name: z.string(), createdAt: z.string() });
export const orgListSchema = list(orgSchema);
export const createOrgRequestSchema = z.strictObject({ name: resourceNameSchema });
export const projectSchema = z.object({ name: z.string(), org: z.string(), createdAt: z.string() });
export const projectListSchema = list(projectSchema);
/** `org` may be left out by an operator of exactly one org. */
export const createProjectRequestSchema = z.strictObject({
  name: resourceNameSchema,
  org: resourceNameSchema.optional(),
});
export const envSchema = z.object({
  name: z.string(),
  project: z.string(),
  protected: z.boolean(),
  createdAt: z.string(),
});
export const envListSchema = list(envSchema);
export const createEnvRequestSchema = z.strictObject({ name: resourceNameSchema });

// Connections

export const setConnectionRequestSchema = z.strictObject({
  engine: z.enum(ENGINE_NAMES),
  url: z.string().min(1).max(4_096),
});
/** Never the password. */
export const connectionSchema = z.object({
  name: z.string(),
  engine: z.enum(ENGINE_NAMES),
  host: z.string(),
  port: z.number(),
  database: z.string(),
  user: z.string(),
  version: z.number(),
  /** While a rotation is under way: the version that some Bridge may still use. */
  rotatingFrom: z.number().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const connectionListSchema = list(connectionSchema);
export const connectionTestSchema = z.object({ ok: z.literal(true), serverVersion: z.string(), latencyMs: z.number() });

// Schema

/** Project files as the CLI reads them, paths relative to the project folder. */
export const projectFilesSchema = z
  .array(z.strictObject({ path: z.string().min(1).max(1_024), content: z.string() }))
  .max(5_000);
export const planRequestSchema = z.strictObject({ files: projectFilesSchema });
export const STEP_CLASSES = ['safe', 'destructive', 'unsupported'] as const;
/**
 * `what` says the step in words. `rows` counts the rows that it writes, reads or is refused by; it is missing where a step is about no
 * rows of a table that is there, and an estimate of the database's where counting takes too long.
 */
export const planStepSchema = z.object({
  connection: z.string(),
  table: z.string(),
  class: z.enum(STEP_CLASSES),
  what: z.string(),
  sql: z.string(),
  lock: z.string(),
  rewrites: z.boolean(),
  losesData: z.boolean(),
  rows: z.number().optional(),
  rowsEstimated: z.literal(true).optional(),
  advice: z.string().optional(),
});
export type PlanStep = z.infer<typeof planStepSchema>;
export const planSchema = z.object({
  planHash: z.string(),
  plan: z.array(planStepSchema),
  warnings: z.array(z.string()),
});
/** The tables of one connection. */
export const pullRequestSchema = z.strictObject({ connection: resourceNameSchema.default('main') });
export const pullSchema = z.object({
  tables: z.array(z.string()),
  skipped: z.array(z.object({ table: z.string(), reason: z.string() })),
  files: z.array(z.object({ path: z.string(), content: z.string() })),
});
export const driftEntrySchema = z.object({
  connection: z.string(),
  table: z.string(),
  what: z.string(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
});
export type DriftEntry = z.infer<typeof driftEntrySchema>;
/** With `files`, drift of what they declare; without, of the current release. All connections unless one is named. */
export const driftRequestSchema = z.strictObject({
  files: projectFilesSchema.optional(),
  connection: resourceNameSchema.optional(),
});
export const driftSchema = z.object({ drift: z.array(driftEntrySchema) });
/** What was built and compared, and what was left out of it. */
export const verifySchemaSchema = driftSchema.extend({
  skipped: z.array(z.object({ table: z.string(), reason: z.string() })),
});

// Apply and releases

export const APPLY_PARTS = ['schema', 'permissions', 'release'] as const;
export const applyRequestSchema = z.strictObject({
  files: projectFilesSchema,
  ref: z.string().min(1).max(200),
  only: z.array(z.enum(APPLY_PARTS)).min(1).optional(),
  dryRun: z.boolean().default(false),
  force: z.boolean().default(false),
  planHash: z.string().optional(),
  /** Refuses a release that a live Bridge is too old for, also with `force` and in a dry run. */
  checkBridgeVersions: z.boolean().default(false),
});
export const applyStepSchema = z.object({
  name: z.enum(['validate', 'plan', 'schema', 'drift', 'compile', 'release', 'pointer']),
  status: z.enum(['done', 'skipped']),
  ms: z.number(),
});
/** `impact` is there in a dry run. `releaseId` and `contentHash` are null where no release was asked for (`dryRun`, `only` without `release`). */
export const applyAnswerSchema = z.object({
  releaseId: z.string().nullable(),
  contentHash: z.string().nullable(),
  reused: z.boolean(),
  ref: z.string(),
  planHash: z.string(),
  plan: z.array(planStepSchema),
  impact: z.array(impactEntrySchema).optional(),
  steps: z.array(applyStepSchema),
  warnings: z.array(z.string()),
});
export type ApplyAnswer = z.infer<typeof applyAnswerSchema>;
export const releaseSchema = z.object({
  releaseId: z.string(),
  contentHash: z.string(),
  ref: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  current: z.boolean(),
});
export const releaseListSchema = list(releaseSchema);

// API keys

export const createApiKeyRequestSchema = z.strictObject({
  name: z.string().min(1).max(100),
  roles: z.array(roleNameSchema).min(1).max(50),
  expiresInDays: z.int().min(1).max(3_660).optional(),
});
export const apiKeySchema = z.object({
  keyId: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().optional(),
});
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });
export const apiKeyListSchema = list(apiKeySchema);

/** Paths of the Hub's routes; `{o}`, `{p}` and `{e}` are org, project and env. */
export const HUB_ROUTES = {
  setup: 'POST /api/v1/setup',
  login: 'POST /api/v1/login',
  logout: 'POST /api/v1/logout',
  whoami: 'GET /api/v1/me',
  totpEnrol: 'POST /api/v1/me/totp',
  totpConfirm: 'POST /api/v1/me/totp/confirm',
  totpDisable: 'POST /api/v1/me/totp/disable',
  tokenCreate: 'POST /api/v1/tokens',
  tokenList: 'GET /api/v1/tokens',
  tokenRevoke: 'DELETE /api/v1/tokens/{id}',
  orgCreate: 'POST /api/v1/orgs',
  orgList: 'GET /api/v1/orgs',
  orgMemberList: 'GET /api/v1/orgs/{o}/members',
  orgMemberSetRole: 'PUT /api/v1/orgs/{o}/members/{operatorId}',
  orgMemberRemove: 'DELETE /api/v1/orgs/{o}/members/{operatorId}',
  invitationCreate: 'POST /api/v1/orgs/{o}/invitations',
  invitationList: 'GET /api/v1/orgs/{o}/invitations',
  invitationRevoke: 'DELETE /api/v1/orgs/{o}/invitations/{id}',
  invitationSignUp: 'POST /api/v1/invitations/sign-up',
  invitationAccept: 'POST /api/v1/invitations/accept',
  projectCreate: 'POST /api/v1/projects',
  projectList: 'GET /api/v1/projects',
  projectMemberList: 'GET /api/v1/projects/{p}/members',
  projectMemberSetRole: 'PUT /api/v1/projects/{p}/members/{operatorId}',
  projectMemberRemove: 'DELETE /api/v1/projects/{p}/members/{operatorId}',
  envCreate: 'POST /api/v1/projects/{p}/envs',
  envList: 'GET /api/v1/projects/{p}/envs',
  envRemove: 'DELETE /api/v1/projects/{p}/envs/{e}',
  envProtect: 'PUT /api/v1/projects/{p}/envs/{e}/protection',
  connectionSet: 'PUT /api/v1/projects/{p}/envs/{e}/connections/{name}',
  connectionShow: 'GET /api/v1/projects/{p}/envs/{e}/connections/{name}',
  connectionList: 'GET /api/v1/projects/{p}/envs/{e}/connections',
  connectionTest: 'POST /api/v1/projects/{p}/envs/{e}/connections/{name}/test',
  connectionRotate: 'POST /api/v1/projects/{p}/envs/{e}/connections/{name}/rotate',
  connectionRemove: 'DELETE /api/v1/projects/{p}/envs/{e}/connections/{name}',
  storageSet: 'PUT /api/v1/projects/{p}/envs/{e}/storage/{name}',
  storageList: 'GET /api/v1/projects/{p}/envs/{e}/storage',
  storageOrphans: 'GET /api/v1/projects/{p}/envs/{e}/storage-sweeps',
  storageTest: 'POST /api/v1/projects/{p}/envs/{e}/storage/{name}/test',
  storageRemove: 'DELETE /api/v1/projects/{p}/envs/{e}/storage/{name}',
  schemaPull: 'POST /api/v1/projects/{p}/envs/{e}/schema/pull',
  schemaPlan: 'POST /api/v1/projects/{p}/envs/{e}/schema/plan',
  schemaDrift: 'POST /api/v1/projects/{p}/envs/{e}/schema/drift',
  schemaVerify: 'POST /api/v1/projects/{p}/envs/{e}/schema/verify',
  permissionsTest: 'POST /api/v1/projects/{p}/envs/{e}/permissions/test',
  permissionsExplain: 'POST /api/v1/projects/{p}/envs/{e}/permissions/explain',
  permissionsImpact: 'POST /api/v1/projects/{p}/envs/{e}/permissions/impact',
  eventTopicList: 'GET /api/v1/projects/{p}/envs/{e}/events/topics',
  eventTopicShow: 'GET /api/v1/projects/{p}/envs/{e}/events/topics/{name}',
  deadLetterList: 'GET /api/v1/projects/{p}/envs/{e}/events/dlq',
  deadLetterShow: 'GET /api/v1/projects/{p}/envs/{e}/events/dlq/{id}',
  deadLetterReplay: 'POST /api/v1/projects/{p}/envs/{e}/events/dlq/replay',
  deadLetterPurge: 'POST /api/v1/projects/{p}/envs/{e}/events/dlq/purge',
  breakerReset: 'POST /api/v1/projects/{p}/envs/{e}/events/breakers/{name}/reset',
  cronList: 'GET /api/v1/projects/{p}/envs/{e}/crons',
  cronRuns: 'GET /api/v1/projects/{p}/envs/{e}/crons/runs',
  cronExplain: 'GET /api/v1/projects/{p}/envs/{e}/crons/{name}/explain',
  cronTrigger: 'POST /api/v1/projects/{p}/envs/{e}/crons/{name}/trigger',
  logicList: 'GET /api/v1/projects/{p}/envs/{e}/logics',
  logicShow: 'GET /api/v1/projects/{p}/envs/{e}/logics/show',
  logicRun: 'POST /api/v1/projects/{p}/envs/{e}/logics/run',
  apply: 'POST /api/v1/projects/{p}/envs/{e}/apply',
  releaseList: 'GET /api/v1/projects/{p}/envs/{e}/releases',
  releaseCurrent: 'GET /api/v1/projects/{p}/envs/{e}/releases/current',
  releaseShow: 'GET /api/v1/projects/{p}/envs/{e}/releases/{releaseId}',
  releasePromote: 'POST /api/v1/projects/{p}/envs/{e}/releases/promote',
  releaseRollback: 'POST /api/v1/projects/{p}/envs/{e}/releases/rollback',
  releaseVerify: 'GET /api/v1/projects/{p}/envs/{e}/releases/{releaseId}/verify',
  releaseCompare: 'GET /api/v1/projects/{p}/releases/{from}/compare/{to}',
  apiKeyCreate: 'POST /api/v1/projects/{p}/envs/{e}/apikeys',
  apiKeyList: 'GET /api/v1/projects/{p}/envs/{e}/apikeys',
  apiKeyRevoke: 'DELETE /api/v1/projects/{p}/envs/{e}/apikeys/{keyId}',
  oidcSet: 'PUT /api/v1/projects/{p}/envs/{e}/oidc/{provider}',
  oidcShow: 'GET /api/v1/projects/{p}/envs/{e}/oidc/{provider}',
  oidcList: 'GET /api/v1/projects/{p}/envs/{e}/oidc',
  oidcRemove: 'DELETE /api/v1/projects/{p}/envs/{e}/oidc/{provider}',
  oidcTest: 'POST /api/v1/projects/{p}/envs/{e}/oidc/{provider}/test',
  userList: 'GET /api/v1/projects/{p}/envs/{e}/users',
  userShow: 'GET /api/v1/projects/{p}/envs/{e}/users/{id}',
  userSetRoles: 'PUT /api/v1/projects/{p}/envs/{e}/users/{id}/roles',
  userDisable: 'POST /api/v1/projects/{p}/envs/{e}/users/{id}/disable',
  userEnable: 'POST /api/v1/projects/{p}/envs/{e}/users/{id}/enable',
  userRevokeSessions: 'POST /api/v1/projects/{p}/envs/{e}/users/{id}/revoke-sessions',
  userExport: 'POST /api/v1/projects/{p}/envs/{e}/users/{id}/export',
  userDelete: 'DELETE /api/v1/projects/{p}/envs/{e}/users/{id}',
  keyList: 'GET /api/v1/projects/{p}/envs/{e}/keys',
  keyStatus: 'GET /api/v1/projects/{p}/envs/{e}/keys/status',
  keyRotate: 'POST /api/v1/projects/{p}/envs/{e}/keys/rotate',
  keyVerification: 'GET /api/v1/projects/{p}/envs/{e}/keys/verification',
  bridgeList: 'GET /api/v1/projects/{p}/envs/{e}/bridges',
  logs: 'GET /api/v1/projects/{p}/envs/{e}/logs',
  bridgeSync: 'POST /api/v1/projects/{p}/envs/{e}/bridges/sync',
  hubTime: 'GET /api/v1/time',
  auditLog: 'GET /api/v1/projects/{p}/audit',
  auditVerify: 'GET /api/v1/projects/{p}/audit/verify',
  hubRotateMasterKey: 'POST /api/v1/hub/rotate-master-key',
  endUserSignup: 'POST /endusers/signup',
  endUserLogin: 'POST /endusers/login',
  endUserRefresh: 'POST /endusers/token',
  endUserLogout: 'POST /endusers/logout',
  endUserLogoutAll: 'POST /endusers/logout-all',
  endUserPasswordSet: 'POST /endusers/password/set',
  endUserPasswordChange: 'POST /endusers/password/change',
  endUserTotpEnrol: 'POST /endusers/totp/enrol',
  endUserTotpConfirm: 'POST /endusers/totp/confirm',
  endUserTotpDisable: 'POST /endusers/totp/disable',
  endUserMe: 'GET /endusers/me',
  endUserSessions: 'GET /endusers/sessions',
  endUserIdentities: 'GET /endusers/identities',
  endUserOidcStart: 'GET /oidc/{provider}/start',
  endUserOidcCallback: 'GET /oidc/{provider}/callback',
  endUserOidcExchange: 'POST /oidc/{provider}/exchange',
  endUserOidcUnlink: 'POST /oidc/{provider}/unlink',
} as const;
