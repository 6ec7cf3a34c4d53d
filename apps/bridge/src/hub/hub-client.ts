import {
  type BridgeReport,
  type InternalConnections,
  type InternalCurrentRelease,
  type InternalKeys,
  type InternalTargets,
  internalArtifactSchema,
  internalConnectionsSchema,
  internalCurrentReleaseSchema,
  internalKeysSchema,
  internalTargetsSchema,
  SANTOKIT_VERSION,
  type SignedRelease,
  signedReleaseSchema,
} from '@santokit/contract';
import type { Tracing } from '@santokit/telemetry';
import { z } from 'zod';
import { askTraced } from './ask-traced.ts';
import { HubError } from './hub-error.ts';

export interface HubClientOptions {
  readonly url: string;
  readonly token: string;
  readonly instanceId: string;
  /** For one answer; what a long poll holds comes on top. */
  readonly timeoutMs: number;
  /** Ends every request when the Bridge stops. */
  readonly signal: AbortSignal;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/** A project's env. */
export interface TargetName {
  readonly project: string;
  readonly env: string;
}

/** What is known of a resource already, so that an unchanged one does not travel again. */
export interface Conditional {
  readonly etag?: string | undefined;
  /** Seconds for which the Hub may hold the request until something changes. */
  readonly waitSeconds?: number;
}

export type Pulled<T> =
  | { readonly changed: false }
  | { readonly changed: true; readonly value: T; readonly etag: string | undefined };

/** The Hub's internal protocol (hub-api.md). Every method throws `HubError` when it fails. */
export class HubClient {
  readonly #options: HubClientOptions;

  constructor(options: HubClientOptions) {
    this.#options = options;
  }

  async targets(): Promise<InternalTargets['targets']> {
    return (await this.#value('/internal/targets', internalTargetsSchema)).targets;
  }

  /** The pointer of an env; `waitSeconds` makes it a long poll. */
  async currentRelease(target: TargetName, known: Conditional): Promise<Pulled<InternalCurrentRelease>> {
    const query = new URLSearchParams({ project: target.project, env: target.env });
    if (known.waitSeconds !== undefined && known.waitSeconds > 0) query.set('wait', String(known.waitSeconds));
    return await this.#pull(`/internal/releases/current?${query}`, internalCurrentReleaseSchema, known);
  }

  async release(releaseId: string): Promise<SignedRelease> {
    return await this.#value(`/internal/releases/${encodeURIComponent(releaseId)}`, signedReleaseSchema);
  }

  /** A bundle of functions, or what they run on; whoever asks checks that it has the hash. */
  async artifact(hash: string): Promise<string> {
    return (await this.#value(`/internal/artifacts/${hash}`, internalArtifactSchema)).content;
  }

  async sourceMap(hash: string): Promise<string> {
    return (await this.#value(`/internal/artifacts/${hash}/source-map`, internalArtifactSchema)).content;
  }

  async keys(target: TargetName, known: Conditional): Promise<Pulled<InternalKeys>> {
    return await this.#pull(`/internal/keys/${pathOf(target)}`, internalKeysSchema, known);
  }

  async connections(target: TargetName, known: Conditional): Promise<Pulled<InternalConnections>> {
    return await this.#pull(`/internal/connections/${pathOf(target)}`, internalConnectionsSchema, known);
  }

  async report(report: BridgeReport): Promise<void> {
    const response = await this.#send('/internal/reports', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
    });
    await response.body?.cancel();
    if (!response.ok) throw refusal('/internal/reports', response.status);
  }

  async #value<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const pulled = await this.#pull(path, schema, {});
    if (!pulled.changed)
      throw new HubError(`The Hub answered 304 to ${nameOf(path)}, which was not asked conditionally`);
    return pulled.value;
  }

  async #pull<T>(path: string, schema: z.ZodType<T>, known: Conditional): Promise<Pulled<T>> {
    const headers: Record<string, string> = known.etag === undefined ? {} : { 'if-none-match': known.etag };
    const response = await this.#send(path, { headers }, (known.waitSeconds ?? 0) * 1_000);
    if (response.status === 304 && known.etag !== undefined) {
      await response.body?.cancel();
      return { changed: false };
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(path, response.status);
    }
    const parsed = z.object({ data: schema }).safeParse(await bodyOf(path, response));
    if (!parsed.success)
      throw new HubError(`The Hub's answer to ${nameOf(path)} is not what was asked for: ${problemOf(parsed.error)}`, {
        status: response.status,
      });
    return { changed: true, value: parsed.data.data, etag: response.headers.get('etag') ?? undefined };
  }

  async #send(path: string, init: RequestInit, heldMs = 0): Promise<Response> {
    const { url, token, instanceId, timeoutMs, signal, tracing } = this.#options;
    const { method = 'GET' } = init;
    try {
      return await askTraced(tracing, { method, path }, (headers) =>
        fetch(new URL(path.slice(1), url.endsWith('/') ? url : `${url}/`), {
          ...init,
          headers: {
            ...init.headers,
            ...headers,
            authorization: `Bearer ${token}`,
            'x-bridge-version': SANTOKIT_VERSION,
            'x-bridge-instance-id': instanceId,
          },
          // A redirect would carry the service token to wherever it points.
          redirect: 'error',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs + heldMs)]),
        }),
      );
    } catch (cause) {
      throw new HubError(`The Hub does not answer ${nameOf(path)}`, { cause });
    }
  }
}

function pathOf({ project, env }: TargetName): string {
  return `${encodeURIComponent(project)}/${encodeURIComponent(env)}`;
}

async function bodyOf(path: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // The parser's own message quotes the text, which may be keys.
    throw new HubError(`The Hub's answer to ${nameOf(path)} broke off or is not JSON`, {
      status: response.status,
    });
  }
}

function refusal(path: string, status: number): HubError {
  const reasons: Readonly<Record<number, string>> = {
    401: "it does not know this Bridge's token (STK_BRIDGE_TOKEN)",
    404: path.startsWith('/internal/artifacts/') ? 'it does not have it' : 'it does not know that project and env',
  };
  const reason = reasons[status] ?? `it answered ${status}`;
  return new HubError(`The Hub refused ${nameOf(path)}: ${reason}`, { status });
}

function nameOf(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** Where the answer differs, without its values. */
function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'unknown' : `${issue.path.map(String).join('.')} (${issue.code})`;
}
