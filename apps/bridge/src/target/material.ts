import type { Stores } from '@santokit/calls';
import type { HubClient, TargetName } from '../hub/hub-client.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import type { Pools } from './pools.ts';

/** What an env needs beside its release: the keys that prove who calls, the databases, and what stores are asked with. Pulled anew only when changed. */
export class Material {
  readonly #hub: HubClient;
  readonly #name: TargetName;
  readonly #pools: Pools;
  readonly #stores: Stores;
  readonly #onKeys: () => void;
  readonly #onConnections: () => void;
  readonly #onUse: () => void;
  #keys: KeyRing | undefined;
  #keysEtag: string | undefined;
  #connectionsEtag: string | undefined;
  #pullingKeys: Promise<void> | undefined;
  #pullingConnections: Promise<void> | undefined;

  constructor({ hub, name, pools, stores, onKeys, onConnections, onUse }: MaterialOptions) {
    this.#hub = hub;
    this.#name = name;
    this.#pools = pools;
    this.#stores = stores;
    this.#onKeys = onKeys;
    this.#onConnections = onConnections;
    this.#onUse = onUse;
  }

  /** Undefined until they were pulled for the first time. */
  get keys(): KeyRing | undefined {
    return this.#keys;
  }

  /** @throws HubError, or TypeError for keys that are none; what could be renewed is */
  async renew(): Promise<void> {
    const results = await Promise.allSettled([this.renewKeys(), this.#renewConnections()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Pulls the keys; whoever asks while a pull is under way shares it. */
  async renewKeys(): Promise<void> {
    this.#pullingKeys ??= this.#pullKeys().finally(() => {
      this.#pullingKeys = undefined;
    });
    await this.#pullingKeys;
  }

  async #renewConnections(): Promise<void> {
    this.#pullingConnections ??= this.#pullConnections().finally(() => {
      this.#pullingConnections = undefined;
    });
    await this.#pullingConnections;
  }

  async #pullKeys(): Promise<void> {
    const pulled = await this.#hub.keys(this.#name, { etag: this.#keysEtag });
    if (!pulled.changed) return;
    this.#keys = createKeyRing(pulled.value);
    this.#keysEtag = pulled.etag;
    this.#stores.useKey(pulled.value.maskKey);
    this.#onKeys();
  }

  async #pullConnections(): Promise<void> {
    const pulled = await this.#hub.connections(this.#name, { etag: this.#connectionsEtag });
    if (!pulled.changed) return;
    this.#onConnections();
    this.#stores.update(pulled.value);
    // What could not be put to use is pulled again.
    this.#connectionsEtag = (await this.#pools.update(pulled.value)) ? pulled.etag : undefined;
    this.#onUse();
  }
}

export interface MaterialOptions {
  readonly hub: HubClient;
  readonly name: TargetName;
  readonly pools: Pools;
  readonly stores: Stores;
  /** Called after the keys changed. */
  readonly onKeys: () => void;
  /** Called before changed connections are put to use. */
  readonly onConnections: () => void;
  /** Called after that. */
  readonly onUse: () => void;
}
