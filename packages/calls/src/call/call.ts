import type { CallOperation, Json, Principal, RequestContext } from '@santokit/contract';
import {
  AnswerSizeUnknown,
  type CancelSignal,
  type Database,
  type QueryResult,
  shapeOf,
  type Transaction,
} from '@santokit/engine';
import { inSteps, type SpanAttributes, type TraceSpan, type TraceSteps } from '@santokit/telemetry';
import { databaseAttributes } from '../database-attributes.ts';
import { callPublish } from '../events/call-publish.ts';
import { keptTraceparent } from '../events/kept-traceparent.ts';
import { runLogic } from '../logic/run-logic.ts';
import { callStorage } from '../storage/call-storage.ts';
import type { Stores } from '../storage/stores.ts';
import { answerOf } from './answer.ts';
import { authorize } from './authorize.ts';
import { bind } from './bind.ts';
import { databaseOf, refusalOf } from './database-of.ts';
import { planOf } from './plan.ts';
import { type Route, routeOf } from './route.ts';
import type { ServedRelease } from './served-release.ts';
import { transactionOptions } from './transact.ts';

export interface CallRequest {
  readonly served: ServedRelease;
  /** By connection name. */
  readonly databases: ReadonlyMap<string, Database>;
  /** Those of its env's buckets; only calls of storage need them. */
  readonly stores?: Stores;
  /** What it is part of, on the connection that it is about. */
  readonly transaction?: Transaction;
  /** The same object for the same credential spares finding its rules again. */
  readonly principal: Principal;
  /** `db/posts/select` */
  readonly path: string;
  readonly params: Json;
  readonly env: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Of a call that a handler makes: that of the event that it handles, and one more. */
  readonly eventDepth?: number;
  /** Whether it failed before because the schema is being changed. */
  readonly isAgain?: boolean | undefined;
  /** Fires when the caller went away: the statement is cancelled. */
  readonly signal?: CancelSignal | undefined;
  /** For what functions write to the log. */
  readonly requestId?: string | undefined;
  /** How many functions it is called by, each by the one before. */
  readonly depth?: number | undefined;
  /** Called by a function that an event or the clock called; of tables it is nobody all the same. */
  readonly asSystem?: boolean | undefined;
  /** What its steps are told to; absent where it is not traced. */
  readonly trace?: TraceSpan | undefined;
}

export interface CallAnswer {
  /** The finished JSON text `{"data":…,"meta":…}`. */
  readonly body: string | Uint8Array;
  /** Undefined for logic, which is about no table in particular and has no plan. */
  readonly table?: string;
  readonly operation?: CallOperation;
  /** Whether the plan was already there. */
  readonly planHit?: boolean;
}

/**
 * Runs one call from path and params to the finished answer.
 * @throws StkError for everything that can go wrong
 */
export function call(request: CallRequest): Promise<CallAnswer> {
  return request.trace === undefined ? answered(request) : inSteps(request.trace, (steps) => answered(request, steps));
}

function answered(request: CallRequest, steps?: TraceSteps): Promise<CallAnswer> {
  if (isLogic(request.path)) return callLogic(request, steps);
  if (isStorage(request.path)) return answerStorage(request, steps);
  return isPublish(request.path) ? answerPublish(request, steps) : callTable(request, steps);
}

/** Whether the path leads to logic of the user's own. */
export function isLogic(path: string): boolean {
  return path.startsWith(LOGICS);
}

const LOGICS = 'logics/';

/** Whether the path leads to objects of a bucket. */
export function isStorage(path: string): boolean {
  return path.startsWith('storage/');
}

/** Whether the path leads to topics. */
export function isPublish(path: string): boolean {
  return path.startsWith('events/');
}

async function answerPublish({ served, ...request }: CallRequest, steps?: TraceSteps): Promise<CallAnswer> {
  const data = await callPublish({ ...request, events: served.events, request: contextOf(request), steps });
  return { body: JSON.stringify({ data }) };
}

/** What rules see of a call. */
export function contextOf({ principal, params, env, nowMs, eventDepth }: Omit<CallRequest, 'served'>): RequestContext {
  const request = { auth: principal, params, timeMs: nowMs, env };
  return eventDepth === undefined ? request : { ...request, eventDepth };
}

async function answerStorage({ served, ...request }: CallRequest, steps?: TraceSteps): Promise<CallAnswer> {
  return { body: JSON.stringify({ data: await callStorage({ ...request, buckets: served.buckets, steps }) }) };
}

async function callLogic(request: CallRequest, steps?: TraceSteps): Promise<CallAnswer> {
  const data = await runLogic({ ...request, name: request.path.slice(LOGICS.length), steps });
  return { body: `{"data":${data}}` };
}

async function callTable(call: CallRequest, steps?: TraceSteps): Promise<CallAnswer> {
  const { served, databases, transaction, principal, path, params, env, nowMs, eventDepth, isAgain, signal, trace } =
    call;
  const { limits } = served;
  steps?.enter('bridge.permission');
  const request: RequestContext =
    eventDepth === undefined
      ? { auth: principal, params, timeMs: nowMs, env }
      : { auth: principal, params, timeMs: nowMs, env, eventDepth };
  const route = routeOf(served.routes, path);
  steps?.describe({ 'stk.path': path });
  const access = served.access.of(principal);
  const rule = authorize(access, route, request);
  steps?.enter('bridge.sql.generate');
  const { key, values } = shapeOf(route.operation, params, limits);
  const told = trace === undefined || !causesEntries(served, route) ? request : await withTrace(call, route, request);
  const { plan, rules, hit } = planOf({ served, route, access, rule, key, request: told });
  steps?.set({ 'stk.plan_cache_hit': hit });
  const mostAnswerBytes = transaction === undefined ? limits.answerBytes : undefined;
  const input = { values, request: told, rules, mostAnswerBytes };
  const writer = plan.writer?.(input, limits.answerBytes);
  const database = transaction ?? databaseOf(databases, route);
  const bound = bind(plan, input);
  if (mostAnswerBytes !== undefined && plan.mostBytes !== undefined && plan.mostBytes(bound, input) > mostAnswerBytes)
    return callTakenBackIfTooLarge(call, route, steps);
  // Prepared under a name once it comes again, so that shapes which come once leave nothing in the database.
  const prepare = hit && isAgain !== true;
  const options = { timeoutMs: limits.queryTimeoutMs, prepare, signal, reader: writer, isBrief: plan.isBrief };
  steps?.enter('bridge.db.execute', statementAttributes(route, plan.text), 'database');
  let result: QueryResult;
  try {
    result = await database.query(plan.text, bound, options);
  } catch (thrown) {
    if (thrown instanceof AnswerSizeUnknown) return callTakenBackIfTooLarge(call, route, steps);
    throw refusalOf(thrown, route, call);
  }
  steps?.leave();
  const body = writer === undefined ? answerOf(plan, result, input, limits.answerBytes) : writer.finish();
  return { body, table: route.table.name, operation: route.operation, planHit: hit };
}

/** Whether a call may write what is to follow it. */
function causesEntries({ events, cascades }: ServedRelease, { table, operation }: Route): boolean {
  return events?.triggers?.triggers.has(table.name) === true || (cascades !== undefined && operation === 'delete');
}

async function withTrace(call: CallRequest, route: Route, request: RequestContext): Promise<RequestContext> {
  const { databases, transaction, trace } = call;
  const { engine, table } = route;
  const place = { engine, database: databases.get(table.connection), transaction };
  const traceparent = await keptTraceparent(trace, place);
  return traceparent === undefined ? request : { ...request, traceparent };
}

/** A statement's text has its placeholders where values go, so that it is the same for all of them. */
function statementAttributes({ table, operation }: Route, text: string): SpanAttributes {
  return {
    ...databaseAttributes(table.connection),
    'db.collection.name': table.name,
    'db.operation.name': operation,
    'db.query.text': text,
  };
}

/** A write in a transaction of its own: of an answer that may be larger than it may be, only the finished one tells. */
async function callTakenBackIfTooLarge(call: CallRequest, route: Route, steps?: TraceSteps): Promise<CallAnswer> {
  const { served, databases, signal } = call;
  const work = (transaction: Transaction) => callTable({ ...call, transaction }, steps);
  const options = transactionOptions(served.limits, signal, 'read committed');
  try {
    return await databaseOf(databases, route).transaction(work, options);
  } catch (thrown) {
    // A constraint that is checked last.
    throw refusalOf(thrown, route, call);
  }
}
