import { createEnvRequestSchema, envListSchema, envSchema } from '@santokit/contract';
import { openProject } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { tableText } from '../output/table-text.ts';
import { parseRequest, requireThing } from './thing.ts';

export const defineEnv: Define = (command, run) => {
  command.command('create [name]').description('create an env').option('--name <name>').action(run(createEnv));
  command.command('list').description("list a project's envs").action(run(listEnvs));
};

async function createEnv(invocation: Invocation, options: { name?: string }, positional?: string): Promise<Answer> {
  const flag = options.name ?? invocation.flags.env;
  const name = requireThing(positional, flag, { what: 'the env', flag: '--name' });
  const body = parseRequest(createEnvRequestSchema, { name });
  const { hub, project } = openProject(invocation);
  const document = await hub.call('envCreate', envSchema, { at: { p: project }, body });
  return { document, text: `Created env ${document.name} of project ${document.project}` };
}

async function listEnvs(invocation: Invocation): Promise<Answer> {
  const { hub, project } = openProject(invocation);
  const document = await hub.call('envList', envListSchema, { at: { p: project } });
  const rows = document.items.map((env) => [env.name, env.protected ? 'protected' : '', env.createdAt]);
  return { document, text: tableText(['name', '', 'created'], rows, 'No envs') };
}
