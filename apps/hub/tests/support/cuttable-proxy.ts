import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy on loopback that can be cut and mended, as a network or a database server can. */
export class CuttableProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #isPolite = false;
  #isSilent = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<CuttableProxy> {
    const server = createServer();
    const proxy = new CuttableProxy(server);
    server.on('connection', (client) => {
      if (proxy.#isSilent) return void proxy.#sockets.add(client.on('error', () => undefined).resume());
      if (proxy.#isCut && proxy.#isPolite) return void client.once('data', () => client.end());
      if (proxy.#isCut) return void client.destroy();
      const upstream = connect(target);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        proxy.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.on('data', (bytes) => {
          if (!proxy.#isSilent) to.write(bytes);
        });
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, and those that come until it is mended: politely, once their client has spoken, or without a word. */
  cut({ isPolite = false }: { readonly isPolite?: boolean } = {}): void {
    this.#isCut = true;
    this.#isPolite = isPolite;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Takes everything, and lets nothing through until it is mended, as a network does that loses packets. */
  silence(): void {
    this.#isSilent = true;
  }

  mend(): void {
    if (this.#isSilent) this.cut();
    this.#isSilent = false;
    this.#isCut = false;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
