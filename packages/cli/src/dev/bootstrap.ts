import {
  apiKeyListSchema,
  connectionSchema,
  createdApiKeySchema,
  envListSchema,
  projectListSchema,
} from '@santokit/contract';
import type { Stack } from '@santokit/devkit';
import type { HubClient } from '../hub/hub-client.ts';
import { DEV_ENV, type DevTarget } from './dev-target.ts';

/** Makes project, env, connection and API key where the local Hub lacks them, and returns the key. Running it again changes nothing. */
export async function bootstrap(hub: HubClient, stack: Stack, target: DevTarget): Promise<string> {
  const { project, at } = target;
  const projects = await hub.call('projectList', projectListSchema);
  if (!projects.items.some((item) => item.name === project))
    await hub.send('projectCreate', { body: { name: project } });
  const envs = await hub.call('envList', envListSchema, { at });
  if (!envs.items.some((item) => item.name === DEV_ENV)) await hub.send('envCreate', { at, body: { name: DEV_ENV } });
  // Always: the embedded server's port may be another one in each run.
  await hub.call('connectionSet', connectionSchema, {
    at: { ...at, name: 'main' },
    body: { engine: 'postgres', url: stack.databaseUrl },
  });
  return ensureApiKey(hub, stack, target);
}

async function ensureApiKey(hub: HubClient, stack: Stack, { project, at }: DevTarget): Promise<string> {
  const kept = stack.state.apiKey;
  const keys = await hub.call('apiKeyList', apiKeyListSchema, { at });
  if (kept?.project === project && keys.items.some((item) => item.keyId === kept.keyId)) return kept.key;
  const created = await hub.call('apiKeyCreate', createdApiKeySchema, {
    at,
    body: { name: 'stk dev', roles: ['admin'] },
  });
  stack.saveState({ apiKey: { project, keyId: created.keyId, key: created.key } });
  return created.key;
}
