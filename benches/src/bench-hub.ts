import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledRelease, InternalKeys, SignedRelease } from '@santokit/contract';
import { contentHash, issueAccessToken, newApiKey, newEd25519KeyPair, signRelease } from '@santokit/crypto';

const PROJECT = 'bench';
const ENV = 'dev';
const KID = 'k1';
const RELEASE_ID = 'rel_bench';
export const BRIDGE_TOKEN = 'bench-bridge-token';
export const TARGET = `${PROJECT}/${ENV}`;

/** The Hub's side of the internal protocol for one release that never changes: a Bridge asks it at its start and then no more. */
export class BenchHub {
  readonly apiKey = newApiKey();
  readonly #tokenKey = newEd25519KeyPair();
  readonly #releaseKey = newEd25519KeyPair();
  readonly #answers: ReadonlyMap<string, unknown>;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  #tokens = 0;

  constructor(release: CompiledRelease, databaseUrl: string) {
    this.#answers = new Map<string, unknown>([
      ['/internal/targets', { targets: [{ project: PROJECT, env: ENV }] }],
      [
        '/internal/releases/current',
        {
          project: PROJECT,
          env: ENV,
          releaseId: RELEASE_ID,
          updatedAt: '2026-01-01T00:00:00Z',
          minimumBridgeVersion: '0.1.0',
        },
      ],
      [`/internal/releases/${RELEASE_ID}`, this.#signed(release)],
      [`/internal/keys/${TARGET}`, this.#keys()],
      [
        `/internal/connections/${TARGET}`,
        { connections: [{ name: 'main', engine: 'postgres', url: databaseUrl, version: 1 }] },
      ],
    ]);
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** A token of an end user that nobody has seen yet, valid for an hour. */
  async newToken(sub: string): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const jti = `j${this.#tokens++}`;
    return await issueAccessToken(
      { kid: KID, privateKey: this.#tokenKey.privateKey },
      { sub, project: PROJECT, env: ENV, roles: ['user'], iat: now, exp: now + 3_600, jti, sid: 's' },
    );
  }

  #signed(release: CompiledRelease): SignedRelease {
    const parts = { releaseId: RELEASE_ID, project: PROJECT, contentHash: contentHash(release) };
    const signature = signRelease(this.#releaseKey.privateKey, parts);
    return { ...parts, content: JSON.stringify(release), signature, signingKeyId: 'r1' };
  }

  #keys(): InternalKeys {
    const { keyId, secretHash } = this.apiKey;
    return {
      tokenKeys: [{ kid: KID, publicKey: this.#tokenKey.publicKey, status: 'current' }],
      apiKeys: [{ keyId, secretHash, roles: ['service'], expiresAt: null }],
      notBefore: [],
      releaseKeys: [{ keyId: 'r1', publicKey: this.#releaseKey.publicKey }],
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hub');
    const answer = this.#answers.get(pathname);
    const etag = `"${pathname}"`;
    if (request.headers['if-none-match'] === etag) {
      await sleep(Number(searchParams.get('wait') ?? 0) * 1_000, undefined, { ref: false });
      response.writeHead(304, { etag }).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', etag });
    response.end(JSON.stringify({ data: answer ?? {} }));
  }
}
