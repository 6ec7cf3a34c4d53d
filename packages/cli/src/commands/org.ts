import { createOrgRequestSchema, orgListSchema, orgSchema } from '@santokit/contract';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { parseRequest, requireThing } from './thing.ts';

export const defineOrg: Define = (command, run) => {
  command.command('create [name]').description('create an org').option('--name <name>').action(run(createOrg));
  command.command('list').description('list your orgs').action(run(listOrgs));
};

async function createOrg(invocation: Invocation, options: { name?: string }, positional?: string): Promise<Answer> {
  const name = requireThing(positional, options.name, { what: 'the org', flag: '--name' });
  const body = parseRequest(createOrgRequestSchema, { name });
  const document = await openHub(invocation).hub.call('orgCreate', orgSchema, { body });
  return { document, text: `Created org ${name}` };
}

async function listOrgs(invocation: Invocation): Promise<Answer> {
  const document = await openHub(invocation).hub.call('orgList', orgListSchema);
  const rows = document.items.map((org) => [org.name, org.createdAt]);
  return { document, text: tableText(['name', 'created'], rows, 'No orgs') };
}
