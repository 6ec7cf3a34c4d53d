import { CliFailure, toCliFailure } from '../cli-failure.ts';
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
  try {
    await createHubClient({ hubUrl, token }).send('logout');
  } catch (thrown) {
    throwUnlessEnded(toCliFailure(thrown));
  }
  return { document: { hubUrl, signedOut: true }, text: `Signed out of ${hubUrl}` };
}

/** A session that the Hub does not know any more has ended already, which is what was asked for. */
function throwUnlessEnded({ code, message, details, exitCode }: CliFailure): void {
  if (code === 'UNAUTHORIZED') return;
  const more = { exitCode, ...(details === undefined ? {} : { details }) };
  throw new CliFailure(code, `Forgotten on this machine, but the session did not end at the Hub: ${message}`, more);
}
