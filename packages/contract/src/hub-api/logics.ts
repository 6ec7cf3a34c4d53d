import { z } from 'zod';
import { callerSchema } from './permissions.ts';

/** Requests and answers about the logic of an env's current release. */

/** Names have slashes in them, so they do not stand in paths. */
const logicNameSchema = z.string().min(1).max(300);
export const logicQuerySchema = z.object({ name: logicNameSchema });

/** `roles`: those that its own file names, null where it names none; the rules of the permissions come on top. */
export const logicSchema = z.object({
  name: z.string(),
  kind: z.enum(['sql', 'function']),
  description: z.string().nullable(),
  connection: z.string(),
  roles: z.array(z.string()).readonly().nullable(),
  changesRows: z.boolean(),
});
export const logicListSchema = z.object({ items: z.array(logicSchema) });
/**
 * `condition` and those of `rules` are CEL text; `rules` is null where no pattern of the permissions matches the name. `params` say what
 * each must satisfy, in the words of the file; of a function, `args` is the JSON Schema of its arguments. `statements` are those of SQL,
 * with `$1`, `$2` … in the places of their values.
 */
export const logicDetailSchema = logicSchema.extend({
  condition: z.string().nullable(),
  rules: z.array(z.record(z.string(), z.unknown())).nullable(),
  timeoutMs: z.number().nullable(),
  params: z.record(z.string(), z.unknown()),
  args: z.unknown().optional(),
  statements: z.array(z.object({ sql: z.string(), transaction: z.string(), readOnly: z.boolean() })),
});
export type LogicDetail = z.infer<typeof logicDetailSchema>;

/** Runs it as the caller would, under the same rules; `rollback`: nothing of what it does stays. */
export const logicRunRequestSchema = z.strictObject({
  name: logicNameSchema,
  as: callerSchema,
  params: z.record(z.string(), z.unknown()).default({}),
  rollback: z.boolean().default(false),
});
/** What a function logs: as a Bridge writes it, with members that are named like credentials replaced. `function`: `logics/users/purchase`. */
export const logicLogLineSchema = z.object({
  ts: z.iso.datetime(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  function: z.string(),
  msg: z.string(),
  fields: z.unknown().optional(),
});
export type LogicLogLine = z.infer<typeof logicLogLineSchema>;
/** The first comes first. A trial that fails has them too, in the `details` of its error. */
export const logicLogSchema = z.array(logicLogLineSchema);
export const logicRunSchema = z.object({
  data: z.unknown(),
  rolledBack: z.boolean(),
  ms: z.number(),
  logs: logicLogSchema.default([]),
});
