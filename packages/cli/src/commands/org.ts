import {
  createOrgRequestSchema,
  ORG_ROLES,
  type OrgRole,
  orgListSchema,
  orgMemberListSchema,
  orgSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import type { HubClient } from '../hub/hub-client.ts';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { findPerson, requirePerson } from './find-person.ts';
import { defineInvitations } from './invitations.ts';
import { parseRequest, requireThing } from './thing.ts';
import { whichOrg } from './which-org.ts';

interface MemberOptions {
  readonly email?: string;
  readonly org?: string;
}

const ORG_FLAG = ['--org <name>', 'the org; not needed by an operator of one org'] as const;

export const defineOrg: Define = (command, run) => {
  command.command('create [name]').description('create an org').option('--name <name>').action(run(createOrg));
  command.command('list').description('list your orgs').action(run(listOrgs));
  command
    .command('members [org]')
    .description("list an org's members")
    .option(...ORG_FLAG)
    .action(run(listMembers));
  command
    .command('set-role [email]')
    .description("set a member's role; an org has at least one owner")
    .option('--email <email>')
    .option(...ORG_FLAG)
    .addOption(new Option('--role <role>', 'what they become').choices(ORG_ROLES).makeOptionMandatory())
    .action(run(setRole));
  command
    .command('remove [email]')
    .description('remove a member, with their roles and tokens on its projects')
    .option('--email <email>')
    .option(...ORG_FLAG)
    .action(run(removeMember));
  defineInvitations(command, run);
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

async function listMembers(invocation: Invocation, options: { org?: string }, positional?: string): Promise<Answer> {
  const { hub } = openHub(invocation);
  const named = positional === undefined ? options.org : requireThing(positional, options.org, ORG);
  const o = await whichOrg(hub, named);
  const document = await hub.call('orgMemberList', orgMemberListSchema, { at: { o } });
  const rows = document.items.map((member) => [member.email, member.role, member.name ?? '', member.id]);
  return { document, text: tableText(['email', 'role', 'name', 'id'], rows, 'No members') };
}

const ORG = { what: 'the org', flag: '--org' };

async function setRole(
  invocation: Invocation,
  options: MemberOptions & { role: OrgRole },
  positional?: string,
): Promise<Answer> {
  const who = requirePerson(positional, options.email);
  const { hub } = openHub(invocation);
  const { at, member } = await locateMember(hub, options.org, who);
  const { role } = options;
  await hub.send('orgMemberSetRole', { at, body: { role } });
  const { id, email } = member;
  return { document: { id, email, org: at.o, role }, text: `${email} is ${role} of ${at.o}` };
}

async function removeMember(invocation: Invocation, options: MemberOptions, positional?: string): Promise<Answer> {
  const who = requirePerson(positional, options.email);
  const { hub } = openHub(invocation);
  const { at, member } = await locateMember(hub, options.org, who);
  await hub.send('orgMemberRemove', { at });
  const { id, email } = member;
  return { document: { id, email, org: at.o, removed: true }, text: `Removed ${email} from ${at.o}` };
}

async function locateMember(hub: HubClient, org: string | undefined, who: string) {
  const o = await whichOrg(hub, org);
  const { items } = await hub.call('orgMemberList', orgMemberListSchema, { at: { o } });
  const member = findPerson(items, who, o);
  return { at: { o, operatorId: member.id }, member };
}
