import { rotatedKeysSchema, signingKeyListSchema, signingKeyStatusSchema } from '@santokit/contract';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { withProgress } from '../output/progress.ts';
import { tableText } from '../output/table-text.ts';

export const defineKeys: Define = (command, run) => {
  command.command('list').description('list the keys that verify access tokens of end users').action(run(listKeys));
  command
    .command('rotate')
    .description('sign access tokens with a new key; the one before verifies until its last token has expired')
    .option('--revoke-previous', 'have no other key verify from now on, as when one has leaked: access tokens end')
    .action(run(rotateKeys));
  command
    .command('status')
    .description('show since when the key signs, and until when others verify')
    .action(run(keyStatus));
};

async function listKeys(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('keyList', signingKeyListSchema, { at });
  const rows = document.items.map(({ kid, status, publicKey, createdAt }) => [kid, status, publicKey, createdAt]);
  return { document, text: tableText(['key', 'status', 'public key', 'created'], rows, 'No keys') };
}

async function rotateKeys(invocation: Invocation, options: { revokePrevious?: boolean }): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const body = { revokePrevious: options.revokePrevious === true };
  const document = await withProgress(invocation.console, 'Waiting for the Bridges', () =>
    hub.call('keyRotate', rotatedKeysSchema, { at, body }),
  );
  const lines = [
    `${document.kid} signs now`,
    ...document.previous.map(({ kid, verifiesUntil }) => `${kid} verifies until ${verifiesUntil}`),
    ...(body.revokePrevious ? ['No other key verifies: access tokens from before are refused'] : []),
    ...document.notFollowed.map((id) => `Bridge ${id} has not pulled it yet, and will when it sees a token of it`),
  ];
  return { document, text: lines.join('\n') };
}

async function keyStatus(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('keyStatus', signingKeyStatusSchema, { at });
  const { current, next, previous } = document;
  const days = Math.floor(current.ageSeconds / 86_400);
  const lines = [
    `${current.kid} signs since ${current.createdAt} (${days} ${days === 1 ? 'day' : 'days'})`,
    ...(next === null ? [] : [`${next.kid} is to be the next: a rotation broke off, rotate again`]),
    ...previous.map(({ kid, verifiesUntil }) => `${kid} verifies until ${verifiesUntil}`),
  ];
  return { document, text: lines.join('\n') };
}
