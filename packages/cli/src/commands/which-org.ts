import { orgListSchema, projectListSchema } from '@santokit/contract';
import { CliFailure, usageFailure } from '../cli-failure.ts';
import type { HubClient } from '../hub/hub-client.ts';

/** The org that a command is about: the one that was named, else the operator's only one. Throws a usage failure. */
export async function whichOrg(hub: HubClient, named: string | undefined): Promise<string> {
  if (named !== undefined && named !== '') return named;
  const { items } = await hub.call('orgList', orgListSchema);
  const [only, ...others] = items;
  if (only === undefined) throw new CliFailure('NOT_FOUND', 'You belong to no org');
  if (others.length === 0) return only.name;
  throw usageFailure(`You belong to several orgs: give --org, one of ${items.map((org) => org.name).join(', ')}`);
}

/** The org of a project. Throws `NOT_FOUND`. */
export async function orgOfProject(hub: HubClient, project: string): Promise<string> {
  const { items } = await hub.call('projectList', projectListSchema);
  const found = items.find(({ name }) => name === project);
  if (found === undefined) throw new CliFailure('NOT_FOUND', `There is no project "${project}"`);
  return found.org;
}
