import { type Bridge, bridgeListSchema, isOlderVersion } from '@santokit/contract';
import { checkInternalDoor } from '../bridge/check-internal-door.ts';
import { forceSync } from '../bridge/force-sync.ts';
import { usageFailure } from '../cli-failure.ts';
import { requireHubUrl, resolveContext } from '../context/context.ts';
import { EXIT } from '../exit-code.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { withProgress } from '../output/progress.ts';
import { printable, tableText } from '../output/table-text.ts';
import { readStandardInput } from './standard-input.ts';
import { parseWholeNumber } from './thing.ts';

export const defineBridge: Define = (command, run) => {
  command.command('status').description('list the Bridges of the env and what each serves').action(run(status));
  command.command('versions').description('list the versions of Bridges that are in use').action(run(versions));
  command
    .command('force-sync')
    .description('make every Bridge pull now, and wait until it has')
    .option('--timeout <seconds>', 'how long to wait', parseWholeNumber('--timeout'), 30)
    .action(run(sync));
  command
    .command('test-hub')
    .description('check from this machine all that a Bridge needs of the Hub')
    .option('--bridge-token <token>', 'service token, else STK_BRIDGE_TOKEN; - reads it from standard input')
    .action(run(testHub));
};

async function status(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const document = await hub.call('bridgeList', bridgeListSchema, { at });
  const rows = document.items.map((bridge) => [
    bridge.instanceId,
    bridge.version,
    bridge.status === 'live' ? bridge.state : 'lost',
    releaseText(bridge, document.releaseId),
    bridge.lastSeenAt,
    bridge.lastError ?? '',
  ]);
  const heading = ['bridge', 'version', 'state', 'release', 'last seen', 'problem'];
  return { document, text: tableText(heading, rows, 'No Bridge serves this env') };
}

async function versions(invocation: Invocation): Promise<Answer> {
  const { hub, at } = openEnv(invocation);
  const { items: bridges, minimumBridgeVersion } = await hub.call('bridgeList', bridgeListSchema, { at });
  const live = bridges.filter((bridge) => bridge.status === 'live');
  const items = [...Map.groupBy(live, ({ version }) => version)]
    .map(([version, instances]) => ({
      version,
      instances: instances.map(({ instanceId }) => instanceId),
      sufficient: !isOlderVersion(version, minimumBridgeVersion),
    }))
    .toSorted((a, b) => (isOlderVersion(a.version, b.version) ? 1 : -1));
  const rows = items.map(({ version, instances, sufficient }) => [
    version,
    String(instances.length),
    sufficient ? '' : `too old: the release needs ${minimumBridgeVersion}`,
  ]);
  const text = tableText(['version', 'bridges', ''], rows, 'No Bridge serves this env');
  return { document: { minimumBridgeVersion, items }, text };
}

async function sync(invocation: Invocation, { timeout }: { timeout: number }): Promise<Answer> {
  const session = openEnv(invocation);
  const document = await withProgress(invocation.console, 'Waiting for the Bridges', () =>
    forceSync(session, timeout * 1_000),
  );
  const rows = document.items.map((bridge) => [
    bridge.instanceId,
    bridge.version,
    bridge.synced ? 'synced' : 'not synced',
    releaseText(bridge, document.releaseId),
    bridge.lastError ?? '',
  ]);
  const text = tableText(['bridge', 'version', '', 'release', 'problem'], rows, 'No live Bridge serves this env');
  return { document, text, exitCode: document.synced ? EXIT.done : EXIT.failed };
}

function releaseText({ releaseId }: Pick<Bridge, 'releaseId'>, currentReleaseId: string | null): string {
  if (releaseId === null) return 'none';
  return releaseId === currentReleaseId ? `${releaseId} (current)` : releaseId;
}

async function testHub(invocation: Invocation, options: { bridgeToken?: string }): Promise<Answer> {
  const context = resolveContext(invocation);
  const hubUrl = requireHubUrl(context);
  const token = await bridgeToken(invocation, options.bridgeToken);
  const project = context.project?.value;
  const env = context.env?.value;
  const target = project === undefined || env === undefined ? {} : { target: { project, env } };
  const checks = await checkInternalDoor({ hubUrl, token, ...target });
  const ok = checks.every((check) => check.ok);
  const { styleAnswer } = invocation.console;
  const lines = checks.map(({ name, detail, ms, ...check }) => {
    const mark = check.ok ? styleAnswer('green', 'ok  ') : styleAnswer('red', 'fail');
    return `${mark} ${name.padEnd(11)} ${printable(detail)} (${ms} ms)`;
  });
  const refused = checks.some((check) => check.status === 401 || check.status === 403);
  const exitCode = ok ? EXIT.done : refused ? EXIT.notAllowed : EXIT.failed;
  return { document: { ok, hubUrl, checks }, text: lines.join('\n'), exitCode };
}

async function bridgeToken({ console, environment }: Invocation, flag: string | undefined): Promise<string> {
  const token = flag === '-' ? await readStandardInput(console, '--bridge-token -') : (flag ?? environment.bridgeToken);
  if (token === undefined)
    throw usageFailure('No service token given: set STK_BRIDGE_TOKEN as for the Bridge, or use --bridge-token');
  if (!/^[\x21-\x7e]+$/.test(token)) throw usageFailure('The service token has characters that a header cannot carry');
  return token;
}
