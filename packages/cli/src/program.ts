import { Command } from 'commander';
import type { Define, Run } from './invocation.ts';
import type { Console } from './output/console.ts';
import { deliver } from './output/deliver.ts';

interface Noun {
  readonly name: string;
  readonly alias?: string;
  readonly arguments?: string;
  readonly summary: string;
  readonly load: () => Promise<Define>;
}

/** The table of contents: every command, and the module that defines it, loaded when the command line names it. */
const NOUNS: readonly Noun[] = [
  {
    name: 'dev',
    summary: 'run everything on this machine and serve the project in this folder',
    load: async () => (await import('./commands/dev.ts')).defineDev,
  },
  {
    name: 'init',
    arguments: '[folder]',
    summary: 'begin a project',
    load: async () => (await import('./commands/init.ts')).defineInit,
  },
  {
    name: 'login',
    summary: 'sign in to a Hub',
    load: async () => (await import('./commands/login.ts')).defineLogin,
  },
  {
    name: 'logout',
    summary: 'end the session at a Hub',
    load: async () => (await import('./commands/logout.ts')).defineLogout,
  },
  {
    name: 'whoami',
    summary: 'show who is signed in',
    load: async () => (await import('./commands/whoami.ts')).defineWhoami,
  },
  {
    name: 'totp',
    summary: 'a second factor for your account',
    load: async () => (await import('./commands/totp.ts')).defineTotp,
  },
  {
    name: 'context',
    alias: 'contexts',
    summary: 'keep Hub, project and env in .stk/context.json',
    load: async () => (await import('./commands/context.ts')).defineContext,
  },
  {
    name: 'org',
    alias: 'orgs',
    summary: 'organisations',
    load: async () => (await import('./commands/org.ts')).defineOrg,
  },
  {
    name: 'project',
    alias: 'projects',
    summary: 'projects',
    load: async () => (await import('./commands/project.ts')).defineProject,
  },
  {
    name: 'env',
    alias: 'envs',
    summary: 'envs of a project',
    load: async () => (await import('./commands/env.ts')).defineEnv,
  },
  {
    name: 'token',
    alias: 'tokens',
    summary: 'personal access tokens, for CI',
    load: async () => (await import('./commands/token.ts')).defineToken,
  },
  {
    name: 'connections',
    alias: 'connection',
    summary: 'the databases of an env',
    load: async () => (await import('./commands/connections.ts')).defineConnections,
  },
  {
    name: 'schema',
    alias: 'schemas',
    summary: 'declared tables beside the live database',
    load: async () => (await import('./commands/schema.ts')).defineSchema,
  },
  {
    name: 'permissions',
    alias: 'permission',
    summary: 'test and explain who may do what, and what a change of it would open',
    load: async () => (await import('./commands/permissions.ts')).definePermissions,
  },
  {
    name: 'cron',
    alias: 'crons',
    summary: 'what runs by the clock: when, and what became of it',
    load: async () => (await import('./commands/cron.ts')).defineCron,
  },
  {
    name: 'events',
    alias: 'event',
    summary: 'topics, and events that could not be handled',
    load: async () => (await import('./commands/events.ts')).defineEvents,
  },
  {
    name: 'logic',
    alias: 'logics',
    summary: 'custom logic: what there is, and trying it',
    load: async () => (await import('./commands/logic.ts')).defineLogic,
  },
  {
    name: 'apply',
    summary: 'make the project in this folder the current release',
    load: async () => (await import('./commands/apply.ts')).defineApply,
  },
  {
    name: 'release',
    alias: 'releases',
    summary: 'what was applied',
    load: async () => (await import('./commands/release.ts')).defineRelease,
  },
  {
    name: 'apikey',
    alias: 'apikeys',
    summary: 'keys that programs call a Bridge with',
    load: async () => (await import('./commands/apikey.ts')).defineApiKey,
  },
  {
    name: 'oidc',
    summary: "where else an env's end users sign in",
    load: async () => (await import('./commands/oidc.ts')).defineOidc,
  },
  {
    name: 'keys',
    alias: 'key',
    summary: "keys that sign end users' access tokens",
    load: async () => (await import('./commands/keys.ts')).defineKeys,
  },
  {
    name: 'auth',
    summary: "what an end user's token says, and why it is refused",
    load: async () => (await import('./commands/auth.ts')).defineAuth,
  },
  {
    name: 'users',
    alias: 'user',
    summary: 'end users of the env',
    load: async () => (await import('./commands/users.ts')).defineUsers,
  },
  {
    name: 'storage',
    alias: 'storages',
    summary: 'credentials of buckets',
    load: async () => (await import('./commands/storage.ts')).defineStorage,
  },
  {
    name: 'bridge',
    alias: 'bridges',
    summary: 'the Bridges that serve an env',
    load: async () => (await import('./commands/bridge.ts')).defineBridge,
  },
  {
    name: 'hub',
    alias: 'hubs',
    summary: 'the Hub of this context',
    load: async () => (await import('./commands/hub.ts')).defineHub,
  },
  {
    name: 'audit',
    alias: 'audits',
    summary: 'who did what',
    load: async () => (await import('./commands/audit.ts')).defineAudit,
  },
  {
    name: 'logs',
    alias: 'log',
    summary: 'what the Hub and the Bridges of the env log',
    load: async () => (await import('./commands/logs.ts')).defineLogs,
  },
  {
    name: 'metrics',
    alias: 'metric',
    arguments: '[part-of-name]',
    summary: 'figures of the Hub and of Bridges',
    load: async () => (await import('./commands/metrics.ts')).defineMetrics,
  },
  {
    name: 'version',
    summary: 'show versions',
    load: async () => (await import('./commands/version.ts')).defineVersion,
  },
];

/**
 * Builds the command tree for one command line. Only nouns that `args` mention are filled in, so that a small command
 * does not wait for what others need. Errors throw `CommanderError`; nothing exits and nothing but help is printed.
 */
export async function buildProgram(args: readonly string[], run: Run, console: Console): Promise<Command> {
  const program = new Command('stk')
    .description('Turns a database that you own into a secure backend.')
    .exitOverride()
    .configureOutput({
      writeOut: (help) => deliver(console, { document: { help }, text: help.trimEnd() }),
      writeErr: (help) => void (console.json || console.note(help.trimEnd())),
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(true)
    .option('--dir <folder>', 'project folder (default: the nearest upwards with schema/ or .stk/)')
    .option('--hub-url <url>', 'Hub, else STK_HUB_URL, else .stk/context.json')
    .option('--project <name>', 'project, else STK_PROJECT, else .stk/context.json')
    .option('--env <name>', 'env, else STK_ENV, else .stk/context.json')
    .option('--token <token>', 'operator token, else STK_TOKEN, else the session of stk login')
    .option('--json', 'print one JSON document')
    .option('-y, --yes', 'answer questions with yes')
    .option('-V, --version', 'show the version');
  for (const noun of NOUNS) {
    const command = program.command(noun.arguments === undefined ? noun.name : `${noun.name} ${noun.arguments}`);
    command.description(noun.summary);
    if (noun.alias !== undefined) command.alias(noun.alias);
    if (args.includes(noun.name) || (noun.alias !== undefined && args.includes(noun.alias)))
      (await noun.load())(command, run);
  }
  return program;
}
