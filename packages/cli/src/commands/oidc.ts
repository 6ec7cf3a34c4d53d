import {
  OIDC_CLIENT_AUTHS,
  oidcProviderListSchema,
  oidcProviderSchema,
  oidcProviderTestSchema,
  removedOidcProviderSchema,
  resourceNameSchema,
  setOidcProviderRequestSchema,
} from '@santokit/contract';
import { Option } from 'commander';
import type { z } from 'zod';
import { usageFailure } from '../cli-failure.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable, tableText } from '../output/table-text.ts';
import { readStandardInput } from './standard-input.ts';
import { collectList, parseRequest, requireThing } from './thing.ts';

interface ProviderOption {
  readonly provider?: string;
}

interface SetOptions extends ProviderOption {
  readonly issuer?: string;
  readonly clientId?: string;
  /** False for `--no-client-secret`. */
  readonly clientSecret?: string | false;
  readonly clientAuth?: (typeof OIDC_CLIENT_AUTHS)[number];
  readonly redirectUri?: readonly string[];
  readonly scopes?: readonly string[];
  readonly rolesClaim?: string;
  readonly mapRole?: Readonly<Record<string, string[]>>;
}

export const defineOidc: Define = (command, run) => {
  command
    .command('set [provider]')
    .description('let end users sign in at an OpenID provider, or change how')
    .option('--provider <name>', 'what your app calls it, such as google')
    .option('--issuer <url>', 'who it is, such as https://accounts.google.com')
    .option('--client-id <id>', 'what it calls this Hub')
    .option('--client-secret <secret>', 'the secret of that; - reads it from standard input; else the one kept stays')
    .option('--no-client-secret', 'the client is public: it has no secret')
    .addOption(new Option('--client-auth <how>', 'how the secret is shown').choices(OIDC_CLIENT_AUTHS))
    .option('--redirect-uri <uri>', 'where the app may be come back to; several by repeating it', collectUris)
    .option('--scopes <scopes>', 'what to ask for (default: openid,email)', collectList)
    .option('--roles-claim <claim>', 'the claim that roles follow from, such as groups')
    .option(
      '--map-role <value=roles>',
      'roles for a value of that claim: staff=editor,support; repeatable',
      collectRoles,
    )
    .action(run(setProvider));
  command.command('list').description("list an env's providers").action(run(listProviders));
  command
    .command('show [provider]')
    .description('show one, without its secret')
    .option('--provider <name>')
    .action(run(showProvider));
  command
    .command('remove [provider]')
    .description('nobody signs in there any more; accounts stay')
    .option('--provider <name>')
    .action(run(removeProvider));
  command
    .command('test [provider]')
    .description('read from the Hub what the provider says of itself')
    .option('--provider <name>')
    .action(run(testProvider));
};

async function setProvider(invocation: Invocation, options: SetOptions, positional?: string): Promise<Answer> {
  const provider = providerName(options, positional);
  const { issuer, clientId, clientAuth, scopes, redirectUri } = options;
  if (issuer === undefined || clientId === undefined || redirectUri === undefined)
    throw usageFailure('Say who it is and where to come back to: --issuer, --client-id and --redirect-uri');
  const { hub, at } = openEnv(invocation);
  const body = parseRequest(setOidcProviderRequestSchema, {
    issuer,
    clientId,
    redirectUris: [...redirectUri],
    roles: rolesOf(options),
    ...(await secretOf(invocation, options)),
    ...(clientAuth === undefined ? {} : { clientAuth }),
    ...(scopes === undefined ? {} : { scopes: [...scopes] }),
  });
  const document = await hub.call('oidcSet', oidcProviderSchema, { at: { ...at, provider }, body });
  const lines = [`Set OIDC provider ${provider}: ${document.issuer}`, `Register there: ${document.callbackUrl}`];
  return { document, text: lines.map(printable).join('\n') };
}

async function secretOf({ console }: Invocation, { clientSecret }: SetOptions) {
  if (clientSecret === undefined) return {};
  if (clientSecret === false) return { clientSecret: null };
  return { clientSecret: clientSecret === '-' ? await readStandardInput(console, '--client-secret -') : clientSecret };
}

function rolesOf({ rolesClaim: claim, mapRole: map }: SetOptions) {
  if (claim === undefined && map === undefined) return null;
  if (claim === undefined || map === undefined)
    throw usageFailure('Roles follow from a claim and its values: --roles-claim groups --map-role staff=editor');
  return { claim, map };
}

async function listProviders(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('oidcList', oidcProviderListSchema, { at });
  const rows = document.items.map((item) => [item.name, item.issuer, item.clientId, item.updatedAt]);
  return { document, text: tableText(['name', 'issuer', 'client', 'set'], rows, 'No OIDC providers') };
}

async function showProvider(invocation: Invocation, options: ProviderOption, positional?: string): Promise<Answer> {
  const provider = providerName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('oidcShow', oidcProviderSchema, { at: { ...at, provider } });
  return { document, text: linesOf(document).map(printable).join('\n') };
}

function linesOf(provider: z.infer<typeof oidcProviderSchema>): string[] {
  const { roles } = provider;
  const mapped = Object.entries(roles?.map ?? {}).map(([value, given]) => `${value} gives ${given.join(', ')}`);
  return [
    `${provider.name}: ${provider.issuer}`,
    `client ${provider.clientId}, ${provider.hasSecret ? `secret kept (${provider.clientAuth})` : 'without a secret'}`,
    `asks for ${provider.scopes.join(' ')}`,
    `comes back to ${provider.redirectUris.join(', ')}`,
    ...(roles === null ? [] : [`roles by ${roles.claim}: ${mapped.join('; ')}`]),
    `register there: ${provider.callbackUrl}`,
  ];
}

async function removeProvider(invocation: Invocation, options: ProviderOption, positional?: string): Promise<Answer> {
  const provider = providerName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('oidcRemove', removedOidcProviderSchema, { at: { ...at, provider } });
  return { document, text: `Removed OIDC provider ${provider}; its users' accounts are as they were` };
}

async function testProvider(invocation: Invocation, options: ProviderOption, positional?: string): Promise<Answer> {
  const provider = providerName(options, positional);
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('oidcTest', oidcProviderTestSchema, { at: { ...at, provider } });
  const text = `${provider} answers as ${document.issuer}, ${document.signingKeys} signing keys, ${Math.round(document.latencyMs)} ms`;
  return { document, text: printable(text) };
}

function providerName(options: ProviderOption, positional: string | undefined): string {
  return parseRequest(
    resourceNameSchema,
    requireThing(positional, options.provider, { what: 'the provider', flag: '--provider' }),
  );
}

/** Repeated, or separated by commas: a comma that a URI begins after is none of the URI before it. */
function collectUris(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(/,(?=[a-z][a-z0-9+.-]*:)/i).map((uri) => uri.trim())];
}

/** A value may hold `=`; a role does not. */
function collectRoles(text: string, previous: Readonly<Record<string, string[]>> = {}): Record<string, string[]> {
  const equals = text.lastIndexOf('=');
  const roles = collectList(text.slice(equals + 1));
  if (equals < 1 || roles.length === 0)
    throw usageFailure(`--map-role is value=role,role, not ${JSON.stringify(text)}`);
  const value = text.slice(0, equals);
  return { ...previous, [value]: [...(previous[value] ?? []), ...roles] };
}
