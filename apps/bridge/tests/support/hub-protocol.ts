import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BridgeReport,
  bridgeReportSchema,
  type InternalConnections,
  type InternalKeys,
  type SignedRelease,
} from '@santokit/contract';
import { contentHash } from '@santokit/crypto';

/** What the Hub tells about one env; changed in place by tests. */
export interface HubEnv {
  releaseId: string | null;
  minimumBridgeVersion: string;
  keys: InternalKeys;
  connections: InternalConnections;
}

export const BRIDGE_TOKEN = 'bridge-token';

/** The Hub's side of `/internal`, spoken over real HTTP from memory, so that a test can break every part of it. */
export class HubProtocol {
  readonly envs = new Map<string, HubEnv>();
  readonly releases = new Map<string, SignedRelease>();
  /** Text by hash. */
  readonly artifacts = new Map<string, string>();
  /** Hashes of artifacts that it does not answer with until they are taken out. */
  readonly heldArtifacts = new Set<string>();
  readonly reports: BridgeReport[] = [];
  /** `GET /internal/keys/shop/dev`, in order. */
  readonly asked: string[] = [];
  /** The same, of which the answer was sent. */
  readonly answered: string[] = [];
  /** That what was asked said it was part of, in order. */
  readonly traceparents: unknown[] = [];
  /** For which it thinks about keys. */
  keysTakeMs = 0;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection, as `kill -9` does. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const asked = `${request.method} ${url.pathname}`;
    this.asked.push(asked);
    response.once('finish', () => this.answered.push(asked));
    this.traceparents.push(request.headers.traceparent);
    if (request.headers.authorization !== `Bearer ${BRIDGE_TOKEN}`) return send(response, 401, { error: {} });
    if (request.method === 'POST' && url.pathname === '/internal/reports') {
      this.reports.push(bridgeReportSchema.parse(JSON.parse(await textOf(request))));
      return send(response, 200, { data: {} });
    }
    const resource = this.#resource(url);
    if (resource === undefined) return send(response, 404, { error: {} });
    while (this.heldArtifacts.has(url.pathname.split('/')[3] ?? '') && !response.destroyed) await sleep(10);
    if (url.pathname.startsWith('/internal/keys/')) await sleep(this.keysTakeMs);
    const known = request.headers['if-none-match'];
    const deadline = Date.now() + Number(url.searchParams.get('wait') ?? 0) * 1_000;
    let value = resource();
    while (etagOf(value) === known && Date.now() < deadline && !response.destroyed) {
      await sleep(10);
      value = resource();
    }
    response.setHeader('etag', etagOf(value));
    return etagOf(value) === known ? send(response, 304) : send(response, 200, { data: value });
  }

  #resource({ pathname, searchParams }: URL): (() => unknown) | undefined {
    const [, , kind, ...rest] = pathname.split('/');
    if (kind === 'targets') return () => ({ targets: [...this.envs.keys()].map(targetOf) });
    if (kind === 'releases' && rest[0] === 'current') {
      const target = { project: searchParams.get('project') ?? '', env: searchParams.get('env') ?? '' };
      const env = this.envs.get(`${target.project}/${target.env}`);
      if (env === undefined) return undefined;
      return () => ({
        ...target,
        releaseId: env.releaseId,
        updatedAt: '2026-01-01T00:00:00Z',
        minimumBridgeVersion: env.minimumBridgeVersion,
      });
    }
    if (kind === 'releases') {
      const release = this.releases.get(rest[0] ?? '');
      return release === undefined ? undefined : () => release;
    }
    if (kind === 'artifacts') {
      const content = this.artifacts.get(rest[0] ?? '');
      return content === undefined ? undefined : () => ({ content });
    }
    const env = this.envs.get(rest.join('/'));
    if (env === undefined) return undefined;
    if (kind === 'keys') return () => env.keys;
    return kind === 'connections' ? () => env.connections : undefined;
  }
}

function targetOf(id: string): { project: string; env: string } {
  const [project = '', env = ''] = id.split('/');
  return { project, env };
}

function etagOf(value: unknown): string {
  return `"${contentHash(value)}"`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
