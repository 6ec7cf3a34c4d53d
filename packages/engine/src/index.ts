// Turns models, changes and calls into what a database understands.
export type { OnceOutcome, OnceRequest } from './answer-once.ts';
export type * from './cron/cron-runs.ts';
export * from './database.ts';
export { type Engine, engineNamed } from './engine.ts';
export type { ObjectSweeps } from './files/object-sweeps.ts';
export type { CollectedRows, LogicEngine, LogicRefusalContext, RowLimits } from './logic-engine.ts';
export type * from './outbox/outbox.ts';
export { compilePayloadCheck, type Payload } from './outbox/payload-check.ts';
export { type ConnectOptions, connect } from './postgres/connect.ts';
export { describeConnectionUrl } from './postgres/connection-url.ts';
export type { FileColumn } from './postgres/files/named-keys.ts';
export { KEEP_MEMORY } from './postgres/keep-memory.ts';
export { type ApplyEvent, type ApplyOptions, applyPhase, applySteps } from './postgres/schema/apply-steps.ts';
export { countRows } from './postgres/schema/count-rows.ts';
export {
  type LockedDatabase,
  type LockHolder,
  newLockHolder,
  withDatabaseLock,
} from './postgres/schema/database-lock.ts';
export { type DriftOptions, findDrift } from './postgres/schema/find-drift.ts';
export { type IntrospectOptions, introspect } from './postgres/schema/introspect.ts';
export type { LiveSchema } from './postgres/schema/live-schema.ts';
export { planHash } from './postgres/schema/plan-hash.ts';
export { type PlanOptions, planSchema } from './postgres/schema/plan-schema.ts';
export { type PulledTables, pullTables } from './postgres/schema/pull-tables.ts';
export type { Phase, SchemaPlan, SchemaStep } from './postgres/schema/schema-plan.ts';
export { withSession } from './postgres/schema/session.ts';
export { verifySchema } from './postgres/schema/verify-schema.ts';
export type { ReachCount, ReachOptions, ReachPlan, ReachToCompare } from './reach/reach-count.ts';
export type { CascadeContext } from './statement/object-deletions.ts';
export type { ParseContext } from './statement/parse-context.ts';
export { type ParseTarget, parseStatement } from './statement/parse-statement.ts';
export type { Binder, BindInput, Plan, PlanAnswer } from './statement/plan.ts';
export type { TriggerContext } from './statement/row-events.ts';
export { bindRules, expressionsOf, preparedExpression, type RuleBindings } from './statement/rule-bindings.ts';
export { type Shape, shapeOf } from './statement/shape.ts';
export type { Statement, ValueHash } from './statement/statement.ts';
export { JsonInspection } from './statement/values/json-inspection.ts';
