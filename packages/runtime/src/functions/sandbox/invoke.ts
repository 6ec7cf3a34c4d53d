import { parseJson } from '@santokit/contract';
import { FUNCTION_ERROR_CODES, FunctionError, isFunctionDefinition } from '@santokit/functions';
import { argsProblem } from './args-problem.ts';
import { contextOf, Operations } from './context.ts';
import { describeThrown } from './describe-thrown.ts';
import type { FunctionFailure, FunctionStart, OperationAnswer } from './messages.ts';

export interface Invocation {
  /** Of the bundle. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** What running the bundle threw. */
  readonly failure: { readonly thrown: unknown } | undefined;
  /** Out of the sandbox. */
  readonly send: (message: string) => void;
  readonly start: FunctionStart;
}

const { stringify } = JSON;
const codes: ReadonlySet<string> = new Set(FUNCTION_ERROR_CODES);

// What `JSON.stringify` refuses otherwise; the API writes 64 bits as a string.
Object.defineProperty(BigInt.prototype, 'toJSON', {
  value(this: bigint) {
    return this.toString();
  },
});

/** Starts a call. @returns what takes the answers to its operations */
export function invoke(invocation: Invocation): (answer: string) => void {
  const operations = new Operations(invocation.send);
  report(invocation, operations);
  return (answer) => operations.settle(parseJson(answer) as unknown as OperationAnswer);
}

/** `await` alone, and not the methods of a promise, which the function may have replaced. */
async function report(invocation: Invocation, operations: Operations): Promise<void> {
  let message: string;
  try {
    message = `{"kind":"done","result":${await run(invocation, operations)}}`;
  } catch (thrown) {
    message = stringify({ kind: 'failed', failure: failureOf(thrown, operations) });
  }
  invocation.send(message);
}

/** The call's args do not fit, or its result is too large. */
class Failed extends Error {
  readonly failure: FunctionFailure;

  constructor(failure: FunctionFailure) {
    super(failure.type);
    this.failure = failure;
  }
}

async function run({ exports, failure, start }: Invocation, operations: Operations): Promise<string> {
  if (failure !== undefined) throw failure.thrown;
  const definition = Object.hasOwn(exports, start.export) ? exports[start.export] : undefined;
  if (!isFunctionDefinition(definition)) throw new Error(`The file does not export the function ${start.export}`);
  const { args: schema, handler } = definition.options;
  const checked = schema === undefined ? undefined : await schema.safeParseAsync(start.params);
  if (checked?.success === false) throw new Failed({ type: 'args', message: argsProblem(checked.error, start.params) });
  const result: unknown = await handler(contextOf(start, operations), checked?.data);
  const text = stringify(result ?? null) ?? 'null';
  if (text.length > start.answerChars) throw new Failed({ type: 'too-large' });
  return text;
}

/** What was thrown may be anything, and may throw again when it is looked at. */
function failureOf(thrown: unknown, operations: Operations): FunctionFailure {
  try {
    if (thrown instanceof Failed) return thrown.failure;
    const op = operations.operationOf(thrown);
    if (op !== undefined) return { type: 'operation', op, stack: describeThrown(thrown).stack };
    if (!(thrown instanceof FunctionError) || !codes.has(thrown.code)) return describeThrown(thrown);
    const { code, details } = thrown;
    const { message } = describeThrown(thrown);
    return {
      type: 'refused',
      code,
      message,
      ...(details === undefined ? {} : { details: parseJson(stringify(details)) }),
    };
  } catch (again) {
    return describeThrown(again);
  }
}
