import { loginRequestSchema, operatorSessionSchema, setupRequestSchema } from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';
import { requireHubUrl, resolveContext } from '../context/context.ts';
import { saveCredential } from '../context/credentials.ts';
import { createHubClient } from '../hub/hub-client.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { givenOrAsked, passwordGivenOrAsked } from './given-or-asked.ts';
import { parseRequest } from './thing.ts';

interface LoginOptions {
  readonly email?: string;
  readonly password?: string;
  readonly setupToken?: string;
  readonly org?: string;
  readonly name?: string;
}

export const defineLogin: Define = (command, run) => {
  command
    .option('--email <email>')
    .option('--password <password>', 'the password; - reads it from standard input')
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
      ? await hub.call('login', operatorSessionSchema, { body: parseRequest(loginRequestSchema, { email, password }) })
      : await hub.call('setup', operatorSessionSchema, { body: setupBody({ ...options, email, password }) });
  const { token, expiresAt, operator } = session;
  saveCredential(environment, hubUrl, { token, expiresAt, email: operator.email });
  return { document: { hubUrl, operator, expiresAt }, text: `Signed in to ${hubUrl} as ${operator.email}` };
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
