import {
  confirmedTotpSchema,
  confirmTotpRequestSchema,
  disableTotpRequestSchema,
  enrolledTotpSchema,
} from '@santokit/contract';
import type { HubClient } from '../hub/hub-client.ts';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { ask } from '../output/prompt.ts';
import { passwordGivenOrAsked } from './given-or-asked.ts';
import { parseRequest, requireThing } from './thing.ts';

interface TotpOptions {
  readonly password?: string;
  readonly code?: string;
}

const PASSWORD_FLAG = ['--password <password>', 'your password; - reads it from standard input'] as const;

export const defineTotp: Define = (command, run) => {
  command
    .command('enable')
    .description('begin a second factor: a secret for your authenticator app, then a code of it')
    .option(...PASSWORD_FLAG)
    .action(run(enable));
  command
    .command('confirm [code]')
    .description('turn it on with a code of the authenticator; prints recovery codes, shown once')
    .option('--code <code>')
    .action(run(confirm));
  command
    .command('disable')
    .description('turn your second factor off')
    .option(...PASSWORD_FLAG)
    .option('--code <code>', 'a code of the authenticator, or a recovery code')
    .action(run(disable));
};

/** On a terminal all of it at once; else `stk totp confirm` comes after. */
async function enable(invocation: Invocation, options: TotpOptions): Promise<Answer> {
  const { console } = invocation;
  const { hub } = openHub(invocation);
  const password = await passwordGivenOrAsked(console, options.password);
  const document = await hub.call('totpEnrol', enrolledTotpSchema, { body: { password } });
  const secret = `Secret for the authenticator: ${document.secret}\n${document.uri}`;
  if (!console.interactive) return { document, text: `${secret}\nThen: stk totp confirm CODE` };
  console.note(secret);
  return sendCode(hub, await ask(console, { message: 'Code that it shows' }));
}

async function confirm(invocation: Invocation, options: TotpOptions, positional?: string): Promise<Answer> {
  const code = requireThing(positional, options.code, { what: 'the code', flag: '--code' });
  return sendCode(openHub(invocation).hub, code);
}

async function sendCode(hub: HubClient, code: string): Promise<Answer> {
  const body = parseRequest(confirmTotpRequestSchema, { code });
  const document = await hub.call('totpConfirm', confirmedTotpSchema, { body });
  const lines = [
    ...document.recoveryCodes,
    'Your second factor is on. These recovery codes are shown once; each is good once, in place of a code.',
  ];
  return { document, text: lines.join('\n') };
}

async function disable(invocation: Invocation, options: TotpOptions): Promise<Answer> {
  const { console } = invocation;
  const { hub } = openHub(invocation);
  const password = await passwordGivenOrAsked(console, options.password);
  const code = options.code ?? (console.interactive ? await ask(console, { message: 'Code' }) : undefined);
  const body = parseRequest(disableTotpRequestSchema, { password, ...(code ? { code } : {}) });
  await hub.send('totpDisable', { body });
  return { document: { hubUrl: hub.hubUrl, totp: false }, text: 'Your second factor is off' };
}
