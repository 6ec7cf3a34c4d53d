import { type Json, type Limits, type Principal, StkError } from '@santokit/contract';
import type { Transaction } from '@santokit/engine';
import {
  type CallableFunction,
  FUNCTION_LIMITS,
  FunctionFault,
  type FunctionOperation,
  isolationNeeded,
  openLogic,
  originalPlace,
  runFunctionStatement,
  runSqlLogic,
  StatementGuard,
  type ValueSource,
} from '@santokit/runtime';
import { findArtifact } from '../artifacts/find-artifact.ts';
import type { Deps } from '../deps.ts';
import { logicNamed } from './logic-named.ts';

export interface FunctionTrial {
  readonly deps: Pick<Deps, 'functions' | 'store'>;
  readonly release: Parameters<typeof logicNamed>[0];
  readonly callable: CallableFunction;
  readonly source: ValueSource;
  readonly principal: Principal;
  readonly transaction: Transaction;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly depth?: number;
}

const guard = new StatementGuard();

/**
 * Runs a function as a Bridge does, but for calls of tables and events, which only a Bridge can make.
 * @returns JSON text
 * @throws StkError for everything that can go wrong; what the function threw is told with its place, to whoever wrote it
 */
export async function tryFunction(trial: FunctionTrial): Promise<string> {
  const { callable, transaction } = trial;
  if (callable.logic.mode === 'mutation') return await tryWithin(trial);
  let answer = 'null';
  await callable.engine.logic.readOnlyWithin(transaction, async () => {
    answer = await tryWithin(trial);
  });
  return answer;
}

async function tryWithin(trial: FunctionTrial): Promise<string> {
  const { deps, callable, source, principal, limits, signal, depth = 0 } = trial;
  const { logic } = callable;
  if (depth >= FUNCTION_LIMITS.callDepth)
    throw new StkError('BAD_REQUEST', `Functions may call each other at most ${FUNCTION_LIMITS.callDepth} deep`);
  const { db } = deps.store;
  const [base, artifact] = await Promise.all([findArtifact(db, logic.base), findArtifact(db, logic.artifact)]);
  let last: Promise<unknown> = Promise.resolve();
  try {
    const result = await deps.functions.run({
      scope: '',
      base: { hash: base.hash, text: base.content },
      artifact: { hash: artifact.hash, text: artifact.content },
      start: {
        export: logic.export,
        params: source.params as Json,
        auth: principal,
        env: source.env,
        answerChars: limits.answerBytes,
      },
      timeMs: Math.min(logic.timeoutMs ?? FUNCTION_LIMITS.timeMs, FUNCTION_LIMITS.timeMs),
      memoryMb: FUNCTION_LIMITS.memoryMb,
      signal,
      onLog: () => {},
      onOperation: (operation) => {
        const done = last.then(() => operate(trial, operation));
        last = done.catch(() => {});
        return done;
      },
    });
    return JSON.stringify(result);
  } catch (thrown) {
    throw thrown instanceof StkError && thrown.cause instanceof FunctionFault
      ? explained(thrown.cause, artifact.sourceMap ?? '')
      : thrown;
  }
}

async function operate(trial: FunctionTrial, operation: FunctionOperation): Promise<string> {
  switch (operation.kind) {
    case 'query':
    case 'exec':
      return await runFunctionStatement({ ...trial, guard, operation });
    case 'call':
      return await callLogic(trial, operation);
    case 'publish':
      throw new StkError('BAD_REQUEST', 'A function that publishes is to be called on a Bridge');
    default:
      return operation satisfies never;
  }
}

async function callLogic(
  trial: FunctionTrial,
  { path, params }: Extract<FunctionOperation, { kind: 'call' }>,
): Promise<string> {
  const { release, callable, source, principal, transaction, limits, depth = 0 } = trial;
  if (!path.startsWith('logics/'))
    throw new StkError('BAD_REQUEST', `A function that calls ${path} is to be called on a Bridge`);
  const called = logicNamed(release, path.slice('logics/'.length));
  if (called.logic.connection !== callable.logic.connection)
    throw new StkError('BAD_REQUEST', `${path} is in another database, which a transaction cannot span`);
  const { env, nowMs } = source;
  const opened = openLogic(called, { principal, params, env, nowMs });
  if (called.kind === 'function')
    return await tryFunction({ ...trial, callable: called, source: opened, depth: depth + 1 });
  isolationNeeded(called);
  if (called.logic.publish !== undefined)
    throw new StkError('BAD_REQUEST', `A function that calls ${path}, which publishes, is to be called on a Bridge`);
  return await runSqlLogic({ callable: called, source: opened, place: { transaction }, limits });
}

function explained(fault: FunctionFault, sourceMap: string): StkError {
  const place = sourceMap === '' ? undefined : originalPlace(fault.trace, sourceMap);
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
  return new StkError('BAD_REQUEST', `${where}${fault.message}`, undefined, { cause: fault });
}
