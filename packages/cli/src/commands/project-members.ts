import {
  createInvitationRequestSchema,
  PROJECT_ROLES,
  type ProjectRole,
  projectMemberListSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import { openProject, type ProjectSession } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { findPerson, requirePerson } from './find-person.ts';
import { invite } from './invitations.ts';
import { parseRequest, requireThing } from './thing.ts';
import { orgOfProject } from './which-org.ts';

interface RoleOptions {
  readonly email?: string;
  readonly role: ProjectRole;
}

/** Verbs of `stk project` about who may do what on it. */
export const defineProjectMembers: Define = (command, run) => {
  const role = () => new Option('--role <role>', 'what they are on the project').choices(PROJECT_ROLES);
  command
    .command('members [project]')
    .description("list the members of the project's org and what each is on the project")
    .action(run(listMembers));
  command
    .command('invite [email]')
    .description('invite somebody to the org with a role on this project; the token is shown once')
    .option('--email <email>')
    .addOption(role().makeOptionMandatory())
    .action(run(inviteToProject));
  command
    .command('set-role [email]')
    .description("give a member of the org a role on this project; it wins over what the org's role implies")
    .option('--email <email>')
    .addOption(role().makeOptionMandatory())
    .action(run(setRole));
  command
    .command('remove [email]')
    .description('take back a role that was given on this project')
    .option('--email <email>')
    .action(run(removeRole));
};

async function listMembers(invocation: Invocation, _: object, positional?: string): Promise<Answer> {
  const { hub, project } = openNamedProject(invocation, positional);
  const document = await hub.call('projectMemberList', projectMemberListSchema, { at: { p: project } });
  const rows = document.items.map((member) => [
    member.email,
    member.role ?? '-',
    member.explicit ? 'given here' : `as ${member.orgRole} of the org`,
    member.id,
  ]);
  return { document, text: tableText(['email', 'role', '', 'id'], rows, 'No members') };
}

function openNamedProject(invocation: Invocation, positional: string | undefined): ProjectSession {
  if (positional === undefined) return openProject(invocation);
  const { flags } = invocation;
  const project = requireThing(positional, flags.project, { what: 'the project', flag: '--project' });
  return openProject({ ...invocation, flags: { ...flags, project } });
}

async function inviteToProject(invocation: Invocation, options: RoleOptions, positional?: string): Promise<Answer> {
  const email = requireThing(positional, options.email, { what: 'who is invited', flag: '--email' });
  const { hub, project } = openProject(invocation);
  const body = parseRequest(createInvitationRequestSchema, { email, project, projectRole: options.role });
  return invite(hub, await orgOfProject(hub, project), body);
}

async function setRole(invocation: Invocation, options: RoleOptions, positional?: string): Promise<Answer> {
  const who = requirePerson(positional, options.email);
  const { role } = options;
  const session = openProject(invocation);
  const { at, member } = await locateMember(session, who);
  await session.hub.send('projectMemberSetRole', { at, body: { role } });
  const { id, email } = member;
  return { document: { id, email, project: at.p, role }, text: `${email} is ${role} on ${at.p}` };
}

async function removeRole(invocation: Invocation, options: { email?: string }, positional?: string): Promise<Answer> {
  const who = requirePerson(positional, options.email);
  const session = openProject(invocation);
  const { at, member } = await locateMember(session, who);
  await session.hub.send('projectMemberRemove', { at });
  const { id, email } = member;
  return { document: { id, email, project: at.p, removed: true }, text: `Took back the role of ${email} on ${at.p}` };
}

async function locateMember({ hub, project }: ProjectSession, who: string) {
  const { items } = await hub.call('projectMemberList', projectMemberListSchema, { at: { p: project } });
  const member = findPerson(items, who, `of ${project}`);
  return { at: { p: project, operatorId: member.id }, member };
}
