import { keyVerificationSchema } from '@santokit/contract';
import { explainAccessToken, readAccessToken } from '@santokit/crypto';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable } from '../output/table-text.ts';
import { readStandardInput } from './standard-input.ts';
import { requireThing } from './thing.ts';

export const defineAuth: Define = (command, run) => {
  command
    .command('verify-token [access-token]')
    .description('say whether the env admits an access token, and if not, which claim or key is wrong')
    .option('--access-token <token>', 'the token; - reads it from standard input')
    .action(run(verifyToken));
};

/** The token stays on this machine: only the user that it names is asked about. */
async function verifyToken(
  invocation: Invocation,
  options: { readonly accessToken?: string },
  positional?: string,
): Promise<Answer> {
  const thing = { what: 'the access token', flag: '--access-token' };
  const given = requireThing(positional, options.accessToken, thing);
  const text = given === '-' ? await readStandardInput(invocation.console, '-') : given;
  const token = text.trim().replace(/^bearer +/i, '');
  const { hub, at, project, env } = openEnv(invocation);
  const { kid, claims } = readAccessToken(token);
  const query = { sub: askableOf(claims?.sub) };
  const { keys, notBefore, time } = await hub.call('keyVerification', keyVerificationSchema, { at, query });
  const notBeforeMs = notBefore === null ? null : Date.parse(notBefore);
  const problems = explainAccessToken(token, { project, env, keys, notBeforeMs, nowMs: Date.parse(time) });
  const valid = problems.length === 0;
  const lines = valid
    ? [`Valid at ${project}/${env} until ${claims?.exp}: ${claims?.sub} with ${rolesText(claims?.roles)}, key ${kid}`]
    : [`Not valid at ${project}/${env}`, ...problems.map(({ what, message }) => `  ${what}: ${message}`)];
  return {
    document: { valid, project, env, kid, claims, problems },
    text: lines.map(printable).join('\n'),
    exitCode: valid ? EXIT.done : EXIT.failed,
  };
}

/** What a token says is not verified yet, and may be anything. */
function askableOf(sub: unknown): string | undefined {
  return typeof sub === 'string' && /^[\w.-]{1,200}$/.test(sub) ? sub : undefined;
}

function rolesText(roles: unknown): string {
  return Array.isArray(roles) && roles.length > 0 ? `the roles ${roles.join(', ')}` : 'no roles';
}
