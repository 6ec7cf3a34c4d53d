import { type AuthConfig, fitToken, ROLES_BYTES_MAX } from '@santokit/contract';
import type { Node } from 'yaml';
import { readRoot } from '../read-versioned-root.ts';
import type { Located, YamlFile } from '../yaml-file.ts';
import { parseDurationMs } from './quantities.ts';

/** What holds where `config/auth.yaml` is silent or absent. */
export const DEFAULT_AUTH: AuthConfig = {
  signup: 'open',
  defaultRoles: ['user'],
  accessTokenTtlSeconds: 15 * 60,
  refreshTokenTtlSeconds: 30 * 24 * 3_600,
  origins: [],
};

/** Reads `config/auth.yaml`. */
export function readAuth(file: YamlFile): AuthConfig {
  if (file.root === null) return DEFAULT_AUTH;
  const members = readRoot(file, 'the auth file', [
    'signup',
    'defaultRoles',
    'accessTokenTtl',
    'refreshTokenTtl',
    'origins',
    'totp',
  ]);
  const value = (key: string) => members?.get(key)?.value;
  const given = <T>(key: string, read: (node: Node | null | undefined) => T | undefined): T | undefined =>
    members?.has(key) ? read(value(key)) : undefined;
  return {
    signup: given('signup', (node) => file.readChoice(node, '"signup"', ['open', 'closed'])) ?? DEFAULT_AUTH.signup,
    defaultRoles: given('defaultRoles', (node) => readRoles(file, node)) ?? DEFAULT_AUTH.defaultRoles,
    accessTokenTtlSeconds:
      given('accessTokenTtl', (node) => readTtl(file, node, 'accessTokenTtl')) ?? DEFAULT_AUTH.accessTokenTtlSeconds,
    refreshTokenTtlSeconds:
      given('refreshTokenTtl', (node) => readTtl(file, node, 'refreshTokenTtl')) ?? DEFAULT_AUTH.refreshTokenTtlSeconds,
    origins: given('origins', (node) => readOrigins(file, node)) ?? DEFAULT_AUTH.origins,
    ...(given('totp', (node) => file.readChoice(node, '"totp"', ['off', 'optional'])) === 'optional'
      ? { totp: 'optional' as const }
      : {}),
  };
}

/** As a role is given to users and keys. */
const ROLE_NAME = /^\S{1,100}$/u;
const MOST_DEFAULT_ROLES = 50;
/** Ten years: a calendar has an end, and a token that outlives everybody is a mistake. */
const MOST_TTL_MS = 3_650 * 86_400_000;
const BUILT_IN_ROLES = ['public', 'authenticated'];

function readRoles(file: YamlFile, node: Node | null | undefined): string[] | undefined {
  const roles = file.readTexts(node, '"defaultRoles"');
  if (node && roles !== undefined && roles.length > MOST_DEFAULT_ROLES)
    return file.report(node, `"defaultRoles" has more than ${MOST_DEFAULT_ROLES} roles`);
  if (node && roles !== undefined && !fitToken(roles.map(({ value }) => value)))
    return file.report(node, `"defaultRoles" is longer than an access token holds (${ROLES_BYTES_MAX} bytes)`);
  return roles?.flatMap((role) => {
    if (BUILT_IN_ROLES.includes(role.value))
      return file.report(role, `"${role.value}" is no role to give: every end user has it`) ?? [];
    if (!ROLE_NAME.test(role.value))
      return file.report(role, 'A role has 1 to 100 characters, and no blank: each role is an entry of its own') ?? [];
    return [role.value];
  });
}

const TTL = 'a duration from 1s to 3650d, such as 15m or 30d';

function readTtl(file: YamlFile, node: Node | null | undefined, key: string): number | undefined {
  const text = file.readText(node, `"${key}"`, TTL);
  if (text === undefined) return undefined;
  const durationMs = parseDurationMs(text.value);
  if (durationMs === null || durationMs < 1_000 || durationMs > MOST_TTL_MS)
    return file.report(text, `"${key}" must be ${TTL}`);
  return Math.floor(durationMs / 1_000);
}

function readOrigins(file: YamlFile, node: Node | null | undefined): string[] | undefined {
  const origins = file
    .readTexts(node, '"origins"')
    ?.flatMap((origin) => (isOrigin(origin) ? [origin.value] : (file.report(origin, ORIGIN_HELP) ?? [])));
  return origins && setOf(origins);
}

/** In the order of code units, each once: a list whose order says nothing is the same however it was written. */
function setOf(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

const ORIGIN_HELP =
  'An origin is a scheme, a host and perhaps a port, such as "https://app.example.com" or "http://localhost:*"; no other "*" is allowed';

function isOrigin({ value }: Located): boolean {
  const portless = value.replace(/^(http:\/\/localhost):\*$/, '$1');
  return /^https?:\/\/[^*]+$/.test(portless) && URL.canParse(portless) && new URL(portless).origin === portless;
}
