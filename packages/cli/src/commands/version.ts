import { bridgeListSchema, SANTOKIT_VERSION } from '@santokit/contract';
import { CliFailure } from '../cli-failure.ts';
import { resolveContext } from '../context/context.ts';
import { openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable } from '../output/table-text.ts';

interface HubVersion {
  readonly url: string;
  /** Null when the Hub does not answer. */
  readonly version: string | null;
}

interface BridgeVersion {
  readonly version: string;
  /** How many live Bridges of the env have it. */
  readonly bridges: number;
}

export const defineVersion: Define = (command, run) => {
  command.option('--all', 'also the runtime, and Hub and Bridges of this context').action(run(version));
};

async function version(invocation: Invocation, options: { all?: boolean }): Promise<Answer> {
  if (options.all !== true) return { document: { version: SANTOKIT_VERSION }, text: SANTOKIT_VERSION };
  const hubUrl = resolveContext(invocation).hubUrl?.value;
  const hub = hubUrl === undefined ? null : await askHub(hubUrl);
  // A Hub that does not say what it is says nothing else either.
  const bridges = (hub?.version ?? null) === null ? null : await askBridges(invocation);
  const document = { version: SANTOKIT_VERSION, node: process.versions.node, hub, bridges };
  const lines = [
    `stk     ${SANTOKIT_VERSION}`,
    `node    ${process.versions.node}`,
    `hub     ${hub === null ? 'none given' : `${hub.version ?? 'no answer'} (${hub.url})`}`,
    `bridges ${bridgesText(bridges)}`,
  ];
  return { document, text: lines.map(printable).join('\n') };
}

function bridgesText(bridges: readonly BridgeVersion[] | null): string {
  if (bridges === null) return 'not known: that needs a project and an env, and to be signed in';
  if (bridges.length === 0) return 'none serves this env';
  return bridges.map((one) => `${one.version} (${one.bridges})`).join(', ');
}

/** The versions of the Bridges that serve the env of this context; null where nobody says. */
async function askBridges(invocation: Invocation): Promise<BridgeVersion[] | null> {
  try {
    const { hub, at } = openEnv(invocation);
    const { items } = await hub.call('bridgeList', bridgeListSchema, { at });
    const live = items.filter(({ status }) => status === 'live');
    const groups = [...Map.groupBy(live, (bridge) => bridge.version)];
    return groups.map(([known, { length }]) => ({ version: known, bridges: length }));
  } catch (error) {
    if (error instanceof CliFailure) return null;
    throw error;
  }
}

/** A Hub that does not answer is part of the answer here, no failure. */
async function askHub(url: string): Promise<HubVersion> {
  try {
    const response = await fetch(`${url}/version`, { redirect: 'error', signal: AbortSignal.timeout(3_000) });
    const body: unknown = await response.json();
    return { url, version: readVersion(body) };
  } catch {
    return { url, version: null };
  }
}

/** `/version` may stand in the envelope or bare. */
function readVersion(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  if ('data' in body) return readVersion(body.data);
  return 'version' in body && typeof body.version === 'string' ? body.version : null;
}
