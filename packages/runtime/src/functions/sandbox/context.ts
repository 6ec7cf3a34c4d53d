import { FunctionError, type FunctionLog, type MutationContext } from '@santokit/functions';
import { FUNCTION_LIMITS } from '../function-limits.ts';
import type { FunctionLogLine, FunctionStart, OperationAnswer } from './messages.ts';

/** Texts that are on their way out of the sandbox lie in memory that its limit does not count. */
const MOST_CHARS_UNANSWERED = 16 * 1024 * 1024;
const MOST_UNANSWERED = 1_000;

const { logLines: MOST_LOG_LINES, logChars: MOST_LOG_CHARS } = FUNCTION_LIMITS;

const { stringify } = JSON;

interface Pending {
  readonly chars: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Made where it was asked for. */
  readonly site: Error;
}

/** What a call asked for and has no answer to yet. */
export class Operations {
  readonly #send: (message: string) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #refusals = new WeakMap<object, number>();
  #last = 0;
  #chars = 0;
  #logLines = 0;
  #logChars = 0;

  constructor(send: (message: string) => void) {
    this.#send = send;
  }

  ask(operation: Readonly<Record<string, unknown>>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const op = ++this.#last;
      const text = stringify({ ...operation, op });
      const chars = text.length;
      if (this.#pending.size >= MOST_UNANSWERED || this.#chars + chars > MOST_CHARS_UNANSWERED)
        throw new FunctionError('BAD_REQUEST', 'The function has too much under way at once: await what it asks for');
      this.#chars += chars;
      this.#pending.set(op, { chars, resolve, reject, site: new Error() });
      this.#send(text);
    });
  }

  settle({ op, result, error }: OperationAnswer): void {
    const pending = this.#pending.get(op);
    if (pending === undefined) return;
    this.#pending.delete(op);
    this.#chars -= pending.chars;
    if (error === undefined) {
      pending.resolve(result);
      return;
    }
    const { code, message, details } = error;
    const refusal = new FunctionError(code as 'BAD_REQUEST', message, details as Record<string, unknown> | undefined);
    // Where the answer came in says nothing to whoever wrote the function.
    refusal.stack = pending.site.stack ?? '';
    this.#refusals.set(refusal, op);
    pending.reject(refusal);
  }

  /** The operation whose refusal was thrown. */
  operationOf(thrown: unknown): number | undefined {
    return typeof thrown === 'object' && thrown !== null ? this.#refusals.get(thrown) : undefined;
  }

  /** What is beyond the bounds is left out, and the last line says so. */
  log(level: FunctionLogLine['level'], message: unknown, fields: unknown): void {
    if (this.#logLines > MOST_LOG_LINES || this.#logChars > MOST_LOG_CHARS) return;
    const text = stringify({ kind: 'log', level, message: `${message}`, fields });
    this.#logLines += 1;
    this.#logChars += text.length;
    const isOver = this.#logLines > MOST_LOG_LINES || this.#logChars > MOST_LOG_CHARS;
    this.#send(
      isOver ? stringify({ kind: 'log', level: 'warn', message: 'The call logs more than is kept of one' }) : text,
    );
  }
}

/** What a handler is given. */
export function contextOf(start: FunctionStart, operations: Operations): MutationContext {
  const run =
    (kind: 'query' | 'exec') =>
    async (sql: unknown, params: unknown = []) => {
      if (!Array.isArray(params)) throw new TypeError('The params of a statement are a list');
      return operations.ask({ kind, sql: requireText(sql, 'A statement'), params });
    };
  return Object.freeze({
    auth: deepFreeze(start.auth),
    env: start.env,
    ...(start.event === undefined ? {} : { event: deepFreeze(start.event) }),
    db: Object.freeze({ query: run('query'), exec: run('exec') }),
    call: async (path: unknown, params: unknown = {}) =>
      operations.ask({ kind: 'call', path: requireText(path, 'A path'), params }),
    publish: async (topic: unknown, payload: unknown = {}) =>
      operations.ask({ kind: 'publish', topic: requireText(topic, 'A topic'), payload }),
    log: logOf(operations),
  }) as unknown as MutationContext;
}

function requireText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} is a text`);
  return value;
}

function logOf(operations: Operations): FunctionLog {
  const at = (level: FunctionLogLine['level']) => (message: unknown, fields?: unknown) =>
    operations.log(level, message, fields);
  return Object.freeze(
    Object.assign(at('info'), { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }),
  );
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
