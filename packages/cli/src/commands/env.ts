import { createEnvRequestSchema, envListSchema, envSchema } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import { resolveContext } from '../context/context.ts';
import { openProject } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { confirm } from '../output/prompt.ts';
import { tableText } from '../output/table-text.ts';
import { parseRequest, requireThing } from './thing.ts';

export const defineEnv: Define = (command, run) => {
  command.command('create [name]').description('create an env').option('--name <name>').action(run(createEnv));
  command.command('list').description("list a project's envs").action(run(listEnvs));
  command
    .command('protect [name]')
    .description('let only project admins force changes of an env')
    .option('--name <name>')
    .action(run(setProtection(true)));
  command
    .command('unprotect [name]')
    .description("end an env's protection")
    .option('--name <name>')
    .action(run(setProtection(false)));
  command
    .command('remove [name]')
    .description('remove an env with its connections, keys and end users; its databases stay as they are')
    .option('--name <name>')
    .action(run(removeEnv));
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

function setProtection(protect: boolean) {
  return async (invocation: Invocation, options: { name?: string }, positional?: string): Promise<Answer> => {
    const { hub, project } = openProject(invocation);
    const flag = options.name ?? invocation.flags.env;
    const named = positional ?? flag ?? resolveContext(invocation).env?.value;
    const e = requireThing(named, flag, ENV);
    const document = await hub.call('envProtect', envSchema, { at: { p: project, e }, body: { protected: protect } });
    return { document, text: `Env ${e} of project ${project} is ${protect ? 'protected' : 'not protected'}` };
  };
}

/** Never the env of the context: what is removed has to be named. */
async function removeEnv(invocation: Invocation, options: { name?: string }, positional?: string): Promise<Answer> {
  const { console, flags } = invocation;
  const e = requireThing(positional, options.name ?? flags.env, ENV);
  const { hub, project } = openProject(invocation);
  const what = `Removing env ${e} of project ${project} deletes its connections, API keys and end users`;
  if (flags.yes !== true && !(console.interactive && (await confirm(console, `${what}. Remove it?`))))
    throw new CliFailure('DESTRUCTIVE_CHANGE', `${what}: confirm it with --yes`);
  await hub.send('envRemove', { at: { p: project, e } });
  return { document: { name: e, project, removed: true }, text: `Removed env ${e} of project ${project}` };
}

const ENV = { what: 'the env', flag: '--name' };
