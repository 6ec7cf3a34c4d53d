import { CliFailure, usageFailure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';
import { readContextFile } from './context-file.ts';
import { readCredential } from './credentials.ts';
import { normalizeHubUrl } from './hub-url.ts';
import { findProjectFolder } from './project-folder.ts';
import { readRunningStack } from './running-stack.ts';

type Source = 'flag' | 'environment' | 'file' | 'dev';

interface Found {
  readonly value: string;
  readonly source: Source;
}

/** Where a command is aimed, as far as it is known, and who said so. */
export interface Context {
  readonly hubUrl?: Found;
  readonly project?: Found;
  readonly env?: Found;
  readonly token?: string;
}

/**
 * Resolves flags, then the environment, then `.stk/context.json`. When none of them names a Hub and `stk dev` runs for the
 * folder, its Hub is meant, and its project and env unless others are named.
 */
export function resolveContext(invocation: Invocation): Context {
  const { flags, environment } = invocation;
  const folder = findProjectFolder(invocation);
  const file = folder === undefined ? {} : readContextFile(folder);
  refuseEmptyFlags(flags);
  const pick = (key: 'hubUrl' | 'project' | 'env'): Found | undefined =>
    found(flags[key], 'flag') ?? found(environment[key], 'environment') ?? found(file[key], 'file');
  const hubUrl = pick('hubUrl');
  const stack = hubUrl === undefined && folder !== undefined ? readRunningStack(folder) : undefined;
  const hub = hubUrl === undefined ? found(stack?.hubUrl, 'dev') : normalized(hubUrl);
  // The stack's own token, whatever the environment holds: a token is sent only to a Hub that its giver named.
  const token = flags.token ?? stack?.token ?? environment.token ?? savedToken(invocation, hub?.value);
  return {
    ...optional('hubUrl', hub),
    ...optional('project', pick('project') ?? found(stack?.project, 'dev')),
    ...optional('env', pick('env') ?? found(stack?.env, 'dev')),
    ...optional('token', token),
  };
}

/** The Hub's address; throws a usage failure that says how to give it. */
export function requireHubUrl(context: Context): string {
  return required(context.hubUrl, { what: 'Hub', flag: '--hub-url', variable: 'STK_HUB_URL' });
}

export function requireProject(context: Context): string {
  return required(context.project, { what: 'project', flag: '--project', variable: 'STK_PROJECT' });
}

export function requireEnv(context: Context): string {
  return required(context.env, { what: 'env', flag: '--env', variable: 'STK_ENV' });
}

/** The operator's token; throws `UNAUTHORIZED` (exit code 5) when there is none for this Hub. */
export function requireToken(context: Context): string {
  if (context.token !== undefined) return context.token;
  const hubUrl = requireHubUrl(context);
  throw new CliFailure('UNAUTHORIZED', `Not signed in to ${hubUrl}: run stk login, or give --token or STK_TOKEN`);
}

/** `--env "$TARGET"` with nothing in the variable must not fall back to the env that the file names. */
function refuseEmptyFlags({ hubUrl, project, env, token }: Invocation['flags']): void {
  const flags = { '--hub-url': hubUrl, '--project': project, '--env': env, '--token': token };
  for (const [flag, value] of Object.entries(flags))
    if (value === '') throw usageFailure(`${flag} is empty: give it a value, or leave it out`);
}

function required(found: Found | undefined, how: { what: string; flag: string; variable: string }): string {
  if (found !== undefined) return found.value;
  throw usageFailure(
    `No ${how.what} given: use ${how.flag}, set ${how.variable}, or keep it with: stk context set ${how.flag} …`,
  );
}

function found(value: string | undefined, source: Source): Found | undefined {
  return value === undefined || value === '' ? undefined : { value, source };
}

function normalized({ value, source }: Found): Found {
  const names: Record<Source, string> = {
    flag: '--hub-url',
    environment: 'STK_HUB_URL',
    file: 'hubUrl in .stk/context.json',
    dev: 'hubUrl',
  };
  return { value: normalizeHubUrl(value, names[source]), source };
}

function savedToken(invocation: Invocation, hubUrl: string | undefined): string | undefined {
  return hubUrl === undefined ? undefined : readCredential(invocation.environment, hubUrl)?.token;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
