import type { z } from 'zod';
import type { MutationContext, QueryContext } from './function-context.ts';

export interface FunctionOptions<Args extends z.ZodType, Context> {
  /** Checks what the caller sends, before the handler runs. */
  readonly args: Args;
  /** Who may call it, beside what `config/permissions.yaml` says. */
  readonly roles?: readonly string[];
  /** An expression over the request alone that has to hold. */
  readonly condition?: string;
  readonly description?: string;
  /** The connection that `ctx.db` is of; default `main`. */
  readonly connection?: string;
  /** Such as `2s`; default and most: 5 s. */
  readonly timeout?: string;
  /** What it returns becomes the answer's `data`, as JSON. */
  readonly handler: (ctx: Context, args: z.output<Args>) => unknown;
}

type WithoutArgs<Context> = Omit<FunctionOptions<z.ZodType, Context>, 'args' | 'handler'> & {
  readonly args?: undefined;
  readonly handler: (ctx: Context) => unknown;
};

/** A function as its file exports it. */
export interface FunctionDefinition {
  readonly mode: 'query' | 'mutation';
  readonly options: Omit<FunctionOptions<z.ZodType, MutationContext>, 'args'> & {
    readonly args?: z.ZodType | undefined;
  };
}

/**
 * A function that only reads; it runs in a read-only transaction.
 * @example export const byEmail = query({ args: z.object({ email: z.email() }), handler: (ctx, args) => ctx.db.query('…', [args.email]) });
 */
export function query<Args extends z.ZodType>(options: FunctionOptions<Args, QueryContext>): FunctionDefinition;
export function query(options: WithoutArgs<QueryContext>): FunctionDefinition;
export function query(options: FunctionDefinition['options']): FunctionDefinition {
  return define('query', options);
}

/**
 * A function that may write; its transaction is committed when it returns and rolled back when it throws.
 * @example export const rename = mutation({ args: z.object({ name: z.string() }), handler: (ctx, args) => ctx.db.exec('…', [args.name]) });
 */
export function mutation<Args extends z.ZodType>(options: FunctionOptions<Args, MutationContext>): FunctionDefinition;
export function mutation(options: WithoutArgs<MutationContext>): FunctionDefinition;
export function mutation(options: FunctionDefinition['options']): FunctionDefinition {
  return define('mutation', options);
}

/** Whether an export is a function that `query` or `mutation` made. */
export function isFunctionDefinition(value: unknown): value is FunctionDefinition {
  return typeof value === 'object' && value !== null && definitions.has(value);
}

const definitions = new WeakSet<object>();

function define(mode: FunctionDefinition['mode'], options: FunctionDefinition['options']): FunctionDefinition {
  if (typeof options !== 'object' || options === null || typeof options.handler !== 'function')
    throw new TypeError(`${mode}() needs a handler`);
  const definition = Object.freeze({ mode, options: Object.freeze({ ...options }) });
  definitions.add(definition);
  return definition;
}
