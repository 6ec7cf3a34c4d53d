import { requireHubUrl, requireToken, resolveContext } from '../context/context.ts';
import { removeCredential } from '../context/credentials.ts';
import { createHubClient } from '../hub/hub-client.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';

export const defineLogout: Define = (command, run) => {
  command.action(run(logout));
};

/** Forgets the session first, so that it is gone from this machine even when the Hub cannot be reached. */
async function logout(invocation: Invocation): Promise<Answer> {
  const context = resolveContext(invocation);
  const hubUrl = requireHubUrl(context);
  const token = requireToken(context);
  removeCredential(invocation.environment, hubUrl);
  await createHubClient({ hubUrl, token }).send('logout');
  return { document: { hubUrl, signedOut: true }, text: `Signed out of ${hubUrl}` };
}
