import { requireEnv, requireHubUrl, requireProject, requireToken, resolveContext } from '../context/context.ts';
import type { Invocation } from '../invocation.ts';
import { createHubClient, type HubClient } from './hub-client.ts';

export interface HubSession {
  readonly hub: HubClient;
}

export interface ProjectSession extends HubSession {
  readonly project: string;
}

/** `at` fills in the routes of an env. */
export interface EnvSession extends ProjectSession {
  readonly env: string;
  readonly at: { readonly p: string; readonly e: string };
}

/** A signed-in client of the Hub that the context names. Throws what is missing. */
export function openHub(invocation: Invocation): HubSession {
  const context = resolveContext(invocation);
  return { hub: createHubClient({ hubUrl: requireHubUrl(context), token: requireToken(context) }) };
}

/** As `openHub`, for commands about one project. */
export function openProject(invocation: Invocation): ProjectSession {
  const context = resolveContext(invocation);
  const hubUrl = requireHubUrl(context);
  const project = requireProject(context);
  return { hub: createHubClient({ hubUrl, token: requireToken(context) }), project };
}

/** As `openHub`, for commands about one env of a project. */
export function openEnv(invocation: Invocation): EnvSession {
  const context = resolveContext(invocation);
  const hubUrl = requireHubUrl(context);
  const project = requireProject(context);
  const env = requireEnv(context);
  const hub = createHubClient({ hubUrl, token: requireToken(context) });
  return { hub, project, env, at: { p: project, e: env } };
}
