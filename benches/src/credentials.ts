import type { BenchHub } from './bench-hub.ts';
import { USERS, userId } from './fill-database.ts';
import type { LoadRequest } from './load.ts';
import { callOf, callOfService, ownerOf, type ScenarioName } from './scenarios.ts';

export const CREDENTIAL_NAMES = ['access token', 'API key', '20 % new tokens'] as const;
export type CredentialName = (typeof CREDENTIAL_NAMES)[number];

/** Every how many requests one carries a token that was never seen before. */
const NEW_TOKEN_EVERY = 5;

/** Gives requests with their credentials. */
export class Credentials {
  readonly #hub: BenchHub;
  /** One for each user, sent again and again. */
  readonly #tokens = new Map<string, string>();
  readonly #fresh: { n: number; token: string }[] = [];
  #stocked = 0;
  #sent = 0;

  constructor(hub: BenchHub) {
    this.#hub = hub;
  }

  async prepare(): Promise<void> {
    for (let n = 0; n < USERS; n++) this.#tokens.set(userId(n), await this.#hub.newToken(userId(n)));
  }

  /** Issues tokens ahead of a phase, so that issuing them is not measured. */
  async stock(credential: CredentialName, requests: number): Promise<void> {
    if (credential !== '20 % new tokens') return;
    while (this.#fresh.length < requests / NEW_TOKEN_EVERY) {
      const n = this.#stocked++;
      this.#fresh.push({ n, token: await this.#hub.newToken(ownerOf(n)) });
    }
  }

  /** @throws Error when more new tokens are asked for than were stocked */
  next(scenario: ScenarioName, credential: CredentialName): LoadRequest {
    const n = this.#sent++;
    if (credential === 'API key')
      return { call: callOfService(scenario, n), headers: { 'x-santokit-api-key': this.#hub.apiKey.key } };
    if (credential === '20 % new tokens' && n % NEW_TOKEN_EVERY === 0) {
      const fresh = this.#fresh.pop();
      if (fresh === undefined) throw new Error('Too few new tokens were stocked');
      // A call for what is its caller's own, else the Bridge would answer with nothing.
      return { call: callOf(scenario, fresh.n), headers: bearer(fresh.token) };
    }
    const call = callOf(scenario, n);
    return { call, headers: bearer(this.#tokens.get(call.owner) ?? '') };
  }
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
