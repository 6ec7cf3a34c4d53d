/** A message of PostgreSQL's protocol, as it is on the wire; `type` is empty for the first ones of a connection. */
export interface WireMessage {
  readonly type: string;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** Cuts what arrives on a connection into messages (manual, "Message Formats"). */
export class WireMessages {
  #rest: Buffer = Buffer.alloc(0);
  #isStarted: boolean;

  /** `isStarted`: whether the first message has a type already, as all of a server's have. */
  constructor(isStarted: boolean) {
    this.#isStarted = isStarted;
  }

  *read(chunk: Buffer): Generator<WireMessage> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const head = this.#isStarted ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const length = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < length) return;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      yield { type: bytes.toString('latin1', 0, head), body: bytes.subarray(head + 4), bytes };
      this.#isStarted = true;
    }
  }
}

/** The texts at the beginning of a message, each of which ends with a zero. */
export function leadingTexts({ body }: WireMessage): string[] {
  return body.toString('utf8').split('\0');
}
