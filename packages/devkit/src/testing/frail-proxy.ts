import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a client and a database, and does to their connections what networks do. */
export class FrailProxy {
  /** Leads to the same database through the proxy. */
  readonly url: string;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  /** Those whose packets all get lost, as when a host dies without a word. */
  readonly #silent = new Set<Socket>();
  /** For each connection to come, after how many bytes of the server's it is reset. */
  readonly #cuts: number[] = [];
  /** How many of them are left for those that have come. */
  readonly #left = new Map<Socket, number>();
  /** How many of those to come are silent from their start. */
  #silentToCome = 0;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(url: string): Promise<FrailProxy> {
    const server = createServer({ allowHalfOpen: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const own = new URL(url);
    const { hostname: host, port } = own;
    own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new FrailProxy(server, own.href);
    server.on('connection', (client) =>
      proxy.#join(client, connect({ host, port: Number(port), allowHalfOpen: true })),
    );
    return proxy;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#clients.size;
  }

  resetAll(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  /** @param place which of them, from 0 to below 1 */
  resetOne(place: number): void {
    const clients = [...this.#clients];
    clients[Math.floor(place * clients.length)]?.resetAndDestroy();
  }

  silenceAll(): void {
    for (const client of this.#clients) this.#silent.add(client);
  }

  /** Resets the next connection once this many bytes of the server have come over it. */
  cutNextAfter(bytes: number): void {
    this.#cuts.push(bytes);
  }

  silenceNext(): void {
    this.#silentToCome++;
  }

  /** Does no more of what it was told to do later. */
  heal(): void {
    this.#silentToCome = 0;
    this.#cuts.length = 0;
    this.#left.clear();
  }

  async close(): Promise<void> {
    this.resetAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    this.#clients.add(client.on('close', () => this.#clients.delete(client)));
    if (this.#silentToCome > 0) {
      this.#silentToCome--;
      this.#silent.add(client);
    }
    const cut = this.#cuts.shift();
    if (cut !== undefined) this.#left.set(client, cut);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (bytes) => {
        if (this.#silent.has(client)) return;
        if (from === client || !this.#isCut(client, bytes)) to.write(bytes);
      });
      from.on('end', () => this.#silent.has(client) || to.end());
    }
  }

  #isCut(client: Socket, bytes: Buffer): boolean {
    const left = this.#left.get(client);
    if (left === undefined) return false;
    this.#left.set(client, left - bytes.length);
    if (left >= bytes.length) return false;
    client.write(bytes.subarray(0, left), () => client.resetAndDestroy());
    this.#silent.add(client);
    return true;
  }
}
