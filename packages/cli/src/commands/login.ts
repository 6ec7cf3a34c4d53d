import { loginRequestSchema, operatorSessionSchema, setupRequestSchema } from '@santokit/contract';
import type { z } from 'zod';
import { CliFailure, usageFailure } from '../cli-failure.ts';
import { requireHubUrl, resolveContext } from '../context/context.ts';
import { saveCredential } from '../context/credentials.ts';
import { createHubClient, type HubClient } from '../hub/hub-client.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import type { Console } from '../output/console.ts';
import { ask } from '../output/prompt.ts';
import { givenOrAsked, passwordGivenOrAsked } from './given-or-asked.ts';
import { parseRequest } from './thing.ts';

interface LoginOptions {
  readonly email?: string;
  readonly password?: string;
  readonly code?: string;
  readonly setupToken?: string;
  readonly org?: string;
  readonly name?: string;
}

export const defineLogin: Define = (command, run) => {
  command
    .option('--email <email>')
    .option('--password <password>', 'the password; - reads it from standard input')
    .option('--code <code>', 'with a second factor: a code of the authenticator, or a recovery code')
    .option('--setup-token <token>', 'create the first operator of a new Hub, with the token that it printed')
    .option('--org <name>', 'with --setup-token: the first org')
    .option('--name <name>', "with --setup-token: the operator's name")
    .action(run(login));
};

async function login(invocation: Invocation, options: LoginOptions): Promise<Answer> {
  const { console, environment } = invocation;
  const hubUrl = requireHubUrl(resolveContext(invocation));
  const hub = createHubClient({ hubUrl });
  const email = await givenOrAsked(console, options.email, { flag: '--email', message: 'Email' });
  const password = await passwordGivenOrAsked(console, options.password);
  const session =
    options.setupToken === undefined
      ? await signIn(hub, console, { email, password, ...(options.code === undefined ? {} : { code: options.code }) })
      : await hub.call('setup', operatorSessionSchema, { body: setupBody({ ...options, email, password }) });
  const { token, expiresAt, operator } = session;
  saveCredential(environment, hubUrl, { token, expiresAt, email: operator.email });
  return { document: { hubUrl, operator, expiresAt }, text: `Signed in to ${hubUrl} as ${operator.email}` };
}

/** Asks for a code when the account has a second factor, none was given and there is a terminal to ask on. */
async function signIn(hub: HubClient, console: Console, request: z.input<typeof loginRequestSchema>) {
  const body = parseRequest(loginRequestSchema, request);
  try {
    return await hub.call('login', operatorSessionSchema, { body });
  } catch (error) {
    if (!(error instanceof CliFailure) || error.details?.codeNeeded !== true) throw error;
    if (!console.interactive)
      throw new CliFailure(error.code, `${error.message}. Give it with --code`, { details: error.details });
    const code = await ask(console, { message: 'Code of the authenticator, or a recovery code' });
    return hub.call('login', operatorSessionSchema, { body: parseRequest(loginRequestSchema, { ...request, code }) });
  }
}

function setupBody(options: LoginOptions & { email: string; password: string }) {
  const { email, password, setupToken = '', org, name } = options;
  if (org === undefined) throw usageFailure('--setup-token needs --org, the name of the first org');
  return parseRequest(setupRequestSchema, {
    token: setupToken,
    email,
    password,
    org,
    ...(name === undefined ? {} : { name }),
  });
}
