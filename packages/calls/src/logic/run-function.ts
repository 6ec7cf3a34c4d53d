import { type Json, StkError } from '@santokit/contract';
import { DatabaseError, type Transaction } from '@santokit/engine';
import {
  type CallableFunction,
  FUNCTION_LIMITS,
  type FunctionOperation,
  inFunctionTransaction,
  type LogicPlace,
  runFunctionStatement,
  type ValueSource,
} from '@santokit/runtime';
import { inSpan } from '@santokit/telemetry';
import { databaseAttributes } from '../database-attributes.ts';
import { keptTraceparent } from '../events/kept-traceparent.ts';
import { publish } from '../events/publish.ts';
import { nextDepth } from '../events/publish-of-logic.ts';
import type { FunctionRunner, LogicRequest } from './logic-request.ts';

export interface FunctionRequest {
  readonly host: FunctionRunner;
  readonly callable: CallableFunction;
  readonly source: ValueSource;
  readonly place: LogicPlace;
  readonly request: LogicRequest;
}

/**
 * Runs a function in one transaction: read-only for a query, rolled back where it throws.
 * @returns JSON text
 * @throws StkError for everything that can go wrong
 */
export async function runFunction(run: FunctionRequest): Promise<string> {
  const { callable, place, request } = run;
  const { depth = 0, signal } = request;
  if (depth >= FUNCTION_LIMITS.callDepth)
    throw new StkError('BAD_REQUEST', `Functions may call each other at most ${FUNCTION_LIMITS.callDepth} deep`);
  if (place.transaction !== undefined) return await runInside(run, place.transaction);
  const { database } = place;
  // What it publishes is written in a transaction, when it is too late to ask.
  if (request.trace !== undefined && request.served.events !== undefined)
    await keptTraceparent(request.trace, { engine: callable.engine, database });
  return await inFunctionTransaction({ callable, database, signal }, (transaction, onStart) =>
    runWithin(run, transaction, onStart),
  );
}

/** A query reads only, also where the transaction is of somebody who writes. */
async function runInside(run: FunctionRequest, transaction: Transaction): Promise<string> {
  const { engine, logic } = run.callable;
  if (logic.mode === 'mutation') return await runWithin(run, transaction);
  let answer = 'null';
  await engine.logic.readOnlyWithin(transaction, async () => {
    answer = await runWithin(run, transaction);
  });
  return answer;
}

async function runWithin(run: FunctionRequest, transaction: Transaction, onStart?: () => void): Promise<string> {
  const { host, callable, source, request } = run;
  const { logic, name } = callable;
  const { answerBytes } = request.served.limits;
  const { event } = source;
  // One after the other, as the transaction does them: what one changes of it for its own time is not there for the next.
  let last: Promise<unknown> = Promise.resolve();
  const result = await host.run({
    name,
    artifact: logic.artifact,
    base: logic.base,
    timeoutMs: logic.timeoutMs,
    requestId: request.requestId,
    signal: request.signal,
    isUrgent: run.place.transaction !== undefined,
    onStart,
    start: {
      export: logic.export,
      // A handler's args are what it handles.
      params: event === undefined || (request.depth ?? 0) > 0 ? source.params : event.payload,
      auth: request.principal,
      env: source.env,
      answerChars: answerBytes,
      ...(event === undefined ? {} : { event: event as unknown as Json }),
    },
    onOperation: (operation) => {
      const done = last.then(() => operate(run, transaction, operation));
      last = done.catch(() => {});
      return done;
    },
  });
  const text = JSON.stringify(result);
  if (text.length * 3 > answerBytes && Buffer.byteLength(text) > answerBytes)
    throw new StkError('RESULT_TOO_LARGE', `The answer is larger than ${answerBytes} bytes`);
  return text;
}

async function operate(run: FunctionRequest, transaction: Transaction, operation: FunctionOperation): Promise<string> {
  const { trace } = run.request;
  // What a call asks of the database is told by the call.
  if (trace === undefined || operation.kind === 'call') return await done(run, transaction, operation);
  const { connection } = run.callable.logic;
  const span = trace.begin(
    'bridge.db.execute',
    { ...databaseAttributes(connection), 'stk.path': `logics/${run.callable.name}` },
    'database',
  );
  return await inSpan(span, () => done(run, transaction, operation));
}

async function done(run: FunctionRequest, transaction: Transaction, operation: FunctionOperation): Promise<string> {
  switch (operation.kind) {
    case 'query':
    case 'exec':
      return await runFunctionStatement({
        callable: run.callable,
        transaction,
        guard: run.host.guard,
        operation,
        limits: run.request.served.limits,
        isAgain: run.request.isAgain,
      });
    case 'call': {
      const { host, callable, request } = run;
      const { path, params } = operation;
      const { connection, mode } = callable.logic;
      const depth = (request.depth ?? 0) + 1;
      return await host.makeCall({
        ...request,
        path,
        params,
        transaction,
        connection,
        depth,
        isReading: mode === 'query',
      });
    }
    case 'publish':
      return await published(run, transaction, operation);
    default:
      return operation satisfies never;
  }
}

async function published(
  { callable, source, request }: FunctionRequest,
  transaction: Transaction,
  { topic, payload }: Extract<FunctionOperation, { kind: 'publish' }>,
): Promise<string> {
  const { engine, tables, logic } = callable;
  const { events } = request.served;
  const database = request.databases.get(logic.connection);
  const traceparent = await keptTraceparent(request.trace, { engine, database, transaction });
  const depth = nextDepth(source.event);
  try {
    const event = { events, on: transaction, engine, env: source.env, topic, payloads: [payload], depth, traceparent };
    const [id = ''] = await publish(event);
    return JSON.stringify({ id });
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    throw engine.logic.refusal(thrown, { tables, readOnly: logic.mode === 'query' });
  }
}
