import { whoamiSchema } from '@santokit/contract';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable } from '../output/table-text.ts';

export const defineWhoami: Define = (command, run) => {
  command.action(run(whoami));
};

async function whoami(invocation: Invocation): Promise<Answer> {
  const { hub } = openHub(invocation);
  const me = await hub.call('whoami', whoamiSchema);
  const orgs = me.orgs.map((org) => `${org.name} (${org.role})`).join(', ');
  return {
    document: { hubUrl: hub.hubUrl, ...me },
    text: printable(
      `${me.operator.email} at ${hub.hubUrl}${orgs === '' ? '' : `; orgs: ${orgs}`}${me.totp ? '; with a second factor' : ''}`,
    ),
  };
}
