import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { leadingTexts, type WireMessage, WireMessages } from './wire-messages.ts';

/** A statement that passes, by the database that it is for. */
export interface PassingStatement {
  readonly database: string;
  readonly text: string;
}

export interface Fault {
  /** Whether a statement is one to count. */
  readonly counts: (statement: PassingStatement) => boolean;
  /** The how-manieth of them meets the fault, from 1. */
  readonly at: number;
  /** `before`: the statement never gets there; `after`: it is done, and nobody is told. */
  readonly moment: 'before' | 'after';
  /** What happens then, such as the death of the client, or `cut`. */
  readonly strike: (statement: PassingStatement) => void;
}

/** A TCP proxy before a PostgreSQL server in which statements are counted as they pass, and one of them meets a fault. */
export class FaultProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #cut = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #held = new Set<string>();
  #fault: Fault | undefined;
  #counted: PassingStatement[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
    const server = createServer();
    const proxy = new FaultProxy(server);
    server.on('connection', (client) => proxy.#link(client, connect(target)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The same URL by way of this proxy. */
  through(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${this.port}`;
    return through.href;
  }

  /** Counts from the beginning. */
  arm(fault: Fault): void {
    this.#fault = fault;
    this.#counted = [];
  }

  /** Ends what `arm` began. @returns the statements that were counted; less than `at` when the fault was not met */
  disarm(): readonly PassingStatement[] {
    this.#fault = undefined;
    return this.#counted;
  }

  /** Ends every connection to a database, and lets none through until it is mended. */
  cut(database: string): void {
    this.#cut.add(database);
    for (const link of this.#links) if (link.database === database) link.end();
  }

  /** Lets nothing of the connections to a database through any more, and tells nobody; of those that come later neither, where `isWhole`. */
  silence(database: string, { isWhole }: { readonly isWhole: boolean }): void {
    if (isWhole) this.#silent.add(database);
    for (const link of this.#links) if (link.database === database) link.isSilent = true;
  }

  /** Keeps what comes on every connection to a database, also on later ones, for when it is released. */
  hold(database: string): void {
    this.#held.add(database);
  }

  release(database: string): void {
    this.#held.delete(database);
    for (const link of this.#links) if (link.database === database) link.release();
  }

  mend(): void {
    this.#cut.clear();
    this.#silent.clear();
    for (const link of this.#links) if (link.isSilent) link.end();
  }

  stop(): void {
    for (const link of this.#links) link.end();
    this.#server.close();
  }

  #link(client: Socket, server: Socket): void {
    const link = new Link(client, server, {
      admits: (database) => !this.#cut.has(database),
      silences: (database) => this.#silent.has(database),
      holds: (database) => this.#held.has(database),
      meets: (statement) => this.#meets(statement),
    });
    this.#links.add(link);
    client.on('close', () => this.#links.delete(link));
  }

  #meets(statement: PassingStatement): Fault | undefined {
    const fault = this.#fault;
    if (fault === undefined || !fault.counts(statement)) return undefined;
    return this.#counted.push(statement) === fault.at ? fault : undefined;
  }
}

interface LinkRules {
  admits(database: string): boolean;
  silences(database: string): boolean;
  holds(database: string): boolean;
  meets(statement: PassingStatement): Fault | undefined;
}

/** One connection of a client. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: LinkRules;
  readonly #texts = new Map<string, string>();
  #bound = '';
  /** What the answer to the statement under way meets, instead of the client. */
  #unheard: (() => void) | undefined;
  #isStruck = false;
  readonly #kept: (() => void)[] = [];
  isSilent = false;
  database = '';

  constructor(client: Socket, server: Socket, rules: LinkRules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    for (const socket of [client, server]) {
      // Messages are passed on one by one: each would wait for the other side to acknowledge the one before.
      socket.setNoDelay(true);
      socket.on('error', () => this.end());
      socket.on('close', () => this.end());
    }
    const sent = new WireMessages(false);
    const answered = new WireMessages(true);
    client.on('data', (chunk) => {
      for (const message of sent.read(chunk)) if (!this.#isStruck) this.#send(message);
    });
    server.on('data', (chunk) => {
      for (const message of answered.read(chunk)) this.#answer(message);
    });
  }

  end(): void {
    // Where there is no server, there is nobody to say good-bye either.
    if (!this.#client.destroyed) this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  #send(message: WireMessage): void {
    const text = this.#textOf(message);
    this.isSilent ||= this.#rules.silences(this.database);
    if (this.isSilent) return;
    if (this.database !== '' && !this.#rules.admits(this.database)) {
      this.end();
      return;
    }
    const statement = { database: this.database, text: text ?? '' };
    const fault = text === undefined ? undefined : this.#rules.meets(statement);
    if (fault?.moment === 'before') {
      this.#isStruck = true;
      fault.strike(statement);
      return;
    }
    if (fault !== undefined) this.#unheard = () => fault.strike(statement);
    this.#passOn(() => this.#server.write(message.bytes));
  }

  release(): void {
    for (const passOn of this.#kept.splice(0)) passOn();
  }

  #passOn(write: () => void): void {
    if (this.#rules.holds(this.database)) this.#kept.push(write);
    else write();
  }

  /** The statement that a message has executed; undefined when it executes none. */
  #textOf(message: WireMessage): string | undefined {
    const [first = '', second = ''] = leadingTexts(message);
    switch (message.type) {
      case '':
        this.database = /\0database\0([^\0]*)/.exec(message.body.toString('utf8'))?.[1] ?? '';
        return undefined;
      case 'P':
        this.#texts.set(first, second);
        return undefined;
      case 'B':
        this.#bound = second;
        return undefined;
      case 'E':
        return this.#texts.get(this.#bound) ?? '';
      case 'Q':
        return first;
      default:
        return undefined;
    }
  }

  #answer({ type, bytes }: WireMessage): void {
    if (this.isSilent) return;
    if (this.#unheard === undefined) this.#passOn(() => this.#client.write(bytes));
    else if (type === 'Z' && !this.#isStruck) {
      this.#isStruck = true;
      this.#unheard();
    }
  }
}
