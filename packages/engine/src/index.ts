// Turns models, changes and calls into what a database understands.
export * from './database.ts';
export { type Engine, engineNamed } from './engine.ts';
export { type ConnectOptions, connect } from './postgres/connect.ts';
export type { ParseContext } from './statement/parse-context.ts';
export { type ParseTarget, parseStatement } from './statement/parse-statement.ts';
export type { Binder, BindInput, Plan, PlanAnswer } from './statement/plan.ts';
export { mentionsRow } from './statement/row-condition.ts';
export { type Shape, shapeOf } from './statement/shape.ts';
export type { Statement } from './statement/statement.ts';
