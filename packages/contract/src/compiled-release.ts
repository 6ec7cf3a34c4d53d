import type { CompiledCrons } from './cron.ts';
import type { CompiledEvents } from './events.ts';
import type { Expression } from './expression.ts';
import type { EnvCeilings } from './limits.ts';
import type { CompiledLogics } from './logic.ts';
import type { Schema } from './schema.ts';
import type { CompiledStorage } from './storage.ts';

/** What a rule shows in place of a value. */
export type Mask = 'hide' | 'last4' | 'hash';

/** One permission rule, its expressions compiled. */
export interface CompiledRule {
  readonly roles: readonly string[];
  readonly condition?: Expression;
  readonly check?: Expression;
  /** Absent: every column. */
  readonly columns?: readonly string[];
  readonly set?: Readonly<Record<string, Expression>>;
  /** Most rows that one call may read. */
  readonly limit?: number;
  readonly mask?: Readonly<Record<string, Mask>>;
}

export const TABLE_OPERATIONS = ['select', 'insert', 'update', 'delete'] as const;
export type TableOperation = (typeof TABLE_OPERATIONS)[number];

/** Rules of a table by operation, in the order in which they are tried; an operation without rules is refused. */
export type CompiledTablePermissions = { readonly [O in TableOperation]?: readonly CompiledRule[] };

export interface CompiledPermissions {
  readonly tables: Readonly<Record<string, CompiledTablePermissions>>;
  /** Who may call logic, by pattern of its name (`reports/*`); absent where the file says nothing of it. */
  readonly logics?: Readonly<Record<string, readonly CompiledRule[]>>;
  /** Who may publish, by topic; absent where the file says nothing of it. */
  readonly events?: Readonly<Record<string, { readonly publish: readonly CompiledRule[] }>>;
}

/** `config/auth.yaml`, durations in seconds. */
export interface AuthConfig {
  readonly signup: 'open' | 'closed';
  readonly defaultRoles: readonly string[];
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly origins: readonly string[];
  /** Whether end users may have a second factor; absent: they may not. */
  readonly totp?: 'optional';
}

/** `config/limits.yaml`: what an env sets below (or, for rates, instead of) the defaults. */
export interface LimitsConfig {
  readonly rateLimits: {
    readonly apiKeyPerMinute?: number;
    readonly endUserPerMinute?: number;
    readonly loginPerMinute?: number;
  };
  readonly ceilings: EnvCeilings;
}

/**
 * Everything that a Bridge needs to serve a project, as plain JSON, engine-neutral and versioned.
 * Its canonical hash is the identity of a release; nothing in it depends on the env, the time or the order of files.
 */
export interface CompiledRelease {
  readonly formatVersion: 1;
  /** The engine of every connection that the schema names. */
  readonly connections: Readonly<Record<string, { readonly engine: EngineName }>>;
  readonly schema: Schema;
  readonly permissions: CompiledPermissions;
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
  /** Absent where the project has no such files, as every section below: its hash is then what it was before there were any. */
  readonly logics?: CompiledLogics;
  readonly crons?: CompiledCrons;
  readonly events?: CompiledEvents;
  /** Absent where the project has no `config/storage.yaml`. */
  readonly storage?: CompiledStorage;
}

export const ENGINE_NAMES = ['postgres'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const TABLE_DEFAULT_CONNECTION = 'main';
/** The namespace of a table that names none. */
export const TABLE_DEFAULT_SCHEMA = 'public';
