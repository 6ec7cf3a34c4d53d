/** Ceilings of the data plane and their defaults ("Operations", section "Limits"). Bytes, milliseconds and counts. */
export const DEFAULT_LIMITS = {
  bodyBytes: 10 * 1024 * 1024,
  answerBytes: 50 * 1024 * 1024,
  queryTimeoutMs: 30_000,
  rows: 10_000,
  defaultRows: 100,
  insertRows: 1_000,
  whereConditions: 50,
  whereDepth: 10,
  inItems: 1_000,
  expandDepth: 3,
  expandRows: 1_000,
  defaultExpandRows: 100,
  batchCalls: 50,
  concurrentRequests: 10_000,
} as const;

/** The limits in force for one release on one Bridge. */
export type Limits = { readonly [K in keyof typeof DEFAULT_LIMITS]: number };

/** The limits that an env may lower in `config/limits.yaml`; the rest belong to the Bridge, or follow from these. */
export const ENV_CEILINGS = [
  'rows',
  'insertRows',
  'whereConditions',
  'whereDepth',
  'inItems',
  'expandDepth',
  'expandRows',
  'batchCalls',
  'bodyBytes',
  'answerBytes',
  'queryTimeoutMs',
] as const satisfies readonly (keyof Limits)[];
export type EnvCeilings = { readonly [K in (typeof ENV_CEILINGS)[number]]?: number };

/** Ceilings of the control plane. */
export const HUB_LIMITS = {
  projectsPerOrg: 500,
  envsPerProject: 10,
  connectionsPerProject: 10,
  tablesPerConnection: 500,
  columnsPerTable: 200,
  apiKeysPerEnv: 100,
  /** Releases of an env that are listed; none is ever removed. */
  releasesListed: 200,
  /** All project files of one apply together, in bytes. */
  projectBytes: 20 * 1024 * 1024,
} as const;
