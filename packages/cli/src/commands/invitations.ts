import {
  acceptedInvitationSchema,
  createdInvitationSchema,
  createInvitationRequestSchema,
  invitationListSchema,
  ORG_ROLES,
  type OrgRole,
  operatorSessionSchema,
  signUpRequestSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import type { z } from 'zod';
import { requireHubUrl, resolveContext } from '../context/context.ts';
import { saveCredential } from '../context/credentials.ts';
import { createHubClient, type HubClient } from '../hub/hub-client.ts';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable, tableText } from '../output/table-text.ts';
import { passwordGivenOrAsked } from './given-or-asked.ts';
import { parseRequest, requireThing } from './thing.ts';
import { whichOrg } from './which-org.ts';

interface AcceptOptions {
  readonly invitationToken?: string;
  readonly password?: string;
  readonly name?: string;
}

/** Verbs of `stk org` about people who are not members yet. */
export const defineInvitations: Define = (command, run) => {
  command
    .command('invite [email]')
    .description('invite somebody for 24 hours; the token is shown once')
    .option('--email <email>')
    .option('--org <name>', 'the org; not needed by an operator of one org')
    .addOption(new Option('--role <role>', 'what they become').choices(ORG_ROLES).default('member'))
    .action(run(inviteToOrg));
  command
    .command('invitations')
    .description('list invitations that can still be accepted')
    .option('--org <name>')
    .action(run(listInvitations));
  command
    .command('revoke [invitation-id]')
    .description('take an invitation back')
    .option('--invitation-id <id>')
    .option('--org <name>')
    .action(run(revokeInvitation));
  command
    .command('accept [invitation-token]')
    .description('accept an invitation: as who is signed in, or with --password as a new operator')
    .option('--invitation-token <token>')
    .option('--password <password>', 'make an account with this password; - reads it from standard input')
    .option('--name <name>', 'with a new account: your name')
    .action(run(acceptInvitation));
};

async function inviteToOrg(
  invocation: Invocation,
  options: { email?: string; org?: string; role: OrgRole },
  positional?: string,
): Promise<Answer> {
  const email = requireThing(positional, options.email, { what: 'who is invited', flag: '--email' });
  const body = parseRequest(createInvitationRequestSchema, { email, role: options.role });
  const { hub } = openHub(invocation);
  return invite(hub, await whichOrg(hub, options.org), body);
}

/** Sends an invitation's request and shows its token. */
export async function invite(
  hub: HubClient,
  org: string,
  body: z.input<typeof createInvitationRequestSchema>,
): Promise<Answer> {
  const document = await hub.call('invitationCreate', createdInvitationSchema, { at: { o: org }, body });
  const place =
    document.project === null ? `${document.role} of ${org}` : `${document.projectRole} on ${document.project}`;
  const lines = [
    document.token,
    `Shown once, until ${document.expiresAt}: ${document.email} becomes ${place} with`,
    `  stk org accept ${document.token} --hub-url ${hub.hubUrl}`,
  ];
  return { document, text: lines.join('\n') };
}

async function listInvitations(invocation: Invocation, options: { org?: string }): Promise<Answer> {
  const { hub } = openHub(invocation);
  const o = await whichOrg(hub, options.org);
  const document = await hub.call('invitationList', invitationListSchema, { at: { o } });
  const rows = document.items.map((invitation) => {
    const { id, email, role, project, projectRole, createdBy, expiresAt } = invitation;
    return [id, email, project === null ? role : `${role}, ${projectRole} on ${project}`, createdBy, expiresAt];
  });
  return { document, text: tableText(['id', 'email', 'role', 'by', 'until'], rows, 'No invitations') };
}

async function revokeInvitation(
  invocation: Invocation,
  options: { invitationId?: string; org?: string },
  positional?: string,
): Promise<Answer> {
  const id = requireThing(positional, options.invitationId, { what: 'the invitation', flag: '--invitation-id' });
  const { hub } = openHub(invocation);
  await hub.send('invitationRevoke', { at: { o: await whichOrg(hub, options.org), id } });
  return { document: { id, revoked: true }, text: `Revoked invitation ${id}` };
}

async function acceptInvitation(invocation: Invocation, options: AcceptOptions, positional?: string): Promise<Answer> {
  const thing = { what: 'the invitation, by its token', flag: '--invitation-token' };
  const token = requireThing(positional, options.invitationToken, thing);
  const signedIn = resolveContext(invocation).token !== undefined;
  if (!signedIn || options.password !== undefined) return signUp(invocation, token, options);
  const { hub } = openHub(invocation);
  const joined = await hub.call('invitationAccept', acceptedInvitationSchema, { body: { token } });
  return { document: { hubUrl: hub.hubUrl, ...joined }, text: printable(`You are ${joined.role} of ${joined.org}`) };
}

async function signUp(invocation: Invocation, token: string, { password, name }: AcceptOptions): Promise<Answer> {
  const hubUrl = requireHubUrl(resolveContext(invocation));
  const body = parseRequest(signUpRequestSchema, {
    token,
    password: await passwordGivenOrAsked(invocation.console, password),
    ...(name === undefined ? {} : { name }),
  });
  const answer = acceptedInvitationSchema.extend(operatorSessionSchema.shape);
  const { token: session, ...document } = await createHubClient({ hubUrl }).call('invitationSignUp', answer, { body });
  const { operator, expiresAt, org, role } = document;
  saveCredential(invocation.environment, hubUrl, { token: session, expiresAt, email: operator.email });
  const text = printable(`Signed in to ${hubUrl} as ${operator.email}, ${role} of ${org}`);
  return { document: { hubUrl, ...document }, text };
}
