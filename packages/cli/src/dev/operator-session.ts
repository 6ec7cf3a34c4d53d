import { operatorSessionSchema } from '@santokit/contract';
import type { StackState } from '@santokit/devkit';
import { CliFailure } from '../cli-failure.ts';
import { createHubClient, type HubClient } from '../hub/hub-client.ts';

/** The org that a local Hub's first operator is made with. */
const DEV_ORG = 'local';

export interface OperatorSession {
  readonly hub: HubClient;
  readonly token: string;
}

/** Signs the local operator in, who is made first where the Hub is new. */
export async function openOperatorSession(hubUrl: string, state: StackState): Promise<OperatorSession> {
  const anonymous = createHubClient({ hubUrl });
  const { token } = (await login(anonymous, state)) ?? (await setUp(anonymous, state));
  return { hub: createHubClient({ hubUrl, token }), token };
}

/** A session, or undefined where nobody with this name and password is known. */
async function login(hub: HubClient, { operator }: StackState) {
  try {
    return await hub.call('login', operatorSessionSchema, { body: operator });
  } catch (error) {
    if (error instanceof CliFailure && error.code === 'UNAUTHORIZED') return undefined;
    throw error;
  }
}

function setUp(hub: HubClient, { setupToken, operator }: StackState) {
  return hub.call('setup', operatorSessionSchema, { body: { token: setupToken, ...operator, org: DEV_ORG } });
}
