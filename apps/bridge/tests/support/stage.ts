import type { CompiledRelease, SignedRelease } from '@santokit/contract';
import {
  type AccessTokenClaims,
  contentHash,
  issueAccessToken,
  newApiKey,
  newEd25519KeyPair,
  signRelease,
} from '@santokit/crypto';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import { createLogger } from '@santokit/telemetry';
import postgres from 'postgres';
import { type RunningBridge, startBridge } from '../../src/app.ts';
import { type BridgeConfig, readConfig } from '../../src/config.ts';
import type { DepsOverrides } from '../../src/deps.ts';
import { BRIDGE_TOKEN, type HubEnv, HubProtocol } from './hub-protocol.ts';
import { SHOP_DDL, shopRelease } from './shop.ts';

/** The project `shop` with env `dev`: a database, a Hub that tells of it, and the keys of both. */
export class Stage {
  readonly hub = new HubProtocol();
  readonly releaseKey = newEd25519KeyPair();
  readonly tokenKey = newEd25519KeyPair();
  readonly admin = newApiKey();
  /** Every line that Bridges of this stage logged. */
  readonly log: string[] = [];
  readonly #bridges: RunningBridge[] = [];
  #database: TestDatabase | undefined;
  #releases = 0;

  async open(): Promise<void> {
    await this.hub.start();
    this.#database = await createTestDatabase();
    const sql = postgres(this.#database.url, { max: 1, onnotice: () => undefined });
    await sql.unsafe(SHOP_DDL);
    await sql.end();
    this.hub.envs.set('shop/dev', this.newEnv());
    this.apply(shopRelease());
  }

  async close(): Promise<void> {
    await Promise.all(this.#bridges.map((bridge) => bridge.stop()));
    await this.hub.kill();
    await this.#database?.drop();
  }

  get databaseUrl(): string {
    return this.#database?.url ?? '';
  }

  env(id = 'shop/dev'): HubEnv {
    const env = this.hub.envs.get(id);
    if (env === undefined) throw new Error(`No env ${id}`);
    return env;
  }

  newEnv(): HubEnv {
    return {
      releaseId: null,
      minimumBridgeVersion: '0.1.0',
      keys: {
        tokenKeys: [{ kid: 'k1', publicKey: this.tokenKey.publicKey, status: 'current' }],
        apiKeys: [{ keyId: this.admin.keyId, secretHash: this.admin.secretHash, roles: ['admin'], expiresAt: null }],
        notBefore: [],
        releaseKeys: [{ keyId: 'r1', publicKey: this.releaseKey.publicKey }],
      },
      connections: { connections: [{ name: 'main', engine: 'postgres', url: this.databaseUrl, version: 1 }] },
    };
  }

  /** Signs a release and moves the pointer to it. `change` comes after the signature. */
  apply(release: CompiledRelease, change: Partial<SignedRelease> = {}, project = 'shop', env = 'dev'): string {
    const releaseId = `rel_${++this.#releases}`;
    const content = JSON.stringify(release);
    const parts = { releaseId, project, contentHash: contentHash(release) };
    const signature = signRelease(this.releaseKey.privateKey, parts);
    this.hub.releases.set(releaseId, { ...parts, content, signature, signingKeyId: 'r1', ...change });
    this.env(`${project}/${env}`).releaseId = releaseId;
    return releaseId;
  }

  /** A token of `ann`, valid for a minute more unless said otherwise. */
  async token(
    claims: Partial<AccessTokenClaims> = {},
    key: { kid?: string; privateKey?: string } = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    return await issueAccessToken(
      { kid: 'k1', privateKey: this.tokenKey.privateKey, ...key },
      {
        sub: 'ann',
        project: 'shop',
        env: 'dev',
        roles: ['user'],
        iat: now,
        exp: now + 60,
        jti: 'j',
        sid: 's',
        ...claims,
      },
    );
  }

  async bridge(change: Partial<BridgeConfig> = {}, overrides: DepsOverrides = {}): Promise<BridgeClient> {
    const config = readConfig({
      STK_HUB_URL: this.hub.url,
      STK_BRIDGE_TOKEN: BRIDGE_TOKEN,
      STK_BRIDGE_TARGETS: 'shop/dev',
    });
    const logger = createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => this.log.push(line) },
    });
    const quick = {
      host: '127.0.0.1',
      port: 0,
      pollIntervalMs: 1_000,
      hubBackoffMinMs: 20,
      hubBackoffMaxMs: 100,
      poolMax: 4,
    };
    const bridge = await startBridge({ ...config, ...quick, ...change }, { logger, ...overrides });
    this.#bridges.push(bridge);
    return new BridgeClient(bridge, this.admin.key);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  readonly body: any;
}

/** Calls a Bridge over HTTP, as an admin unless said otherwise. */
export class BridgeClient {
  readonly bridge: RunningBridge;
  readonly url: string;
  readonly #apiKey: string;

  constructor(bridge: RunningBridge, apiKey: string) {
    this.bridge = bridge;
    this.url = `http://127.0.0.1:${bridge.port}`;
    this.#apiKey = apiKey;
  }

  async call(path: string, params: unknown = {}, credential?: Record<string, string>): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...(credential ?? { 'x-santokit-api-key': this.#apiKey }) };
    return await this.send(`/call/${path}`, { method: 'POST', headers, body: JSON.stringify(params) });
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** `stk_bridge_release_cache_state` that is 1. */
  async state(): Promise<string | undefined> {
    const { body } = await this.send('/metrics');
    return /cache_state\{[^}]*status="(\w+)"\} 1/.exec(body)?.[1];
  }

  async ready(): Promise<this> {
    await until(async () => (await this.send('/readyz')).status === 200);
    return this;
  }
}

/** Waits until `holds`, at most so many seconds. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  what = String(holds),
  seconds = 10,
): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
