import { SANTOKIT_VERSION } from '@santokit/contract';
import { resolveContext } from '../context/context.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';

interface HubVersion {
  readonly url: string;
  /** Null when the Hub does not answer. */
  readonly version: string | null;
}

export const defineVersion: Define = (command, run) => {
  command.option('--all', 'also the runtime and the Hub of this context').action(run(version));
};

async function version(invocation: Invocation, options: { all?: boolean }): Promise<Answer> {
  if (options.all !== true) return { document: { version: SANTOKIT_VERSION }, text: SANTOKIT_VERSION };
  const hubUrl = resolveContext(invocation).hubUrl?.value;
  const hub = hubUrl === undefined ? null : await askHub(hubUrl);
  const document = { version: SANTOKIT_VERSION, node: process.versions.node, hub };
  const hubText = hub === null ? 'none given' : `${hub.version ?? 'no answer'} (${hub.url})`;
  return { document, text: `stk  ${SANTOKIT_VERSION}\nnode ${process.versions.node}\nhub  ${hubText}` };
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
