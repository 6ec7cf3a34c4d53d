// What a project's TypeScript functions import: turns a handler and its arguments' schema into a function that a release can serve.
export { z } from 'zod';
export type {
  CallerAuth,
  FunctionDatabase,
  FunctionEvent,
  FunctionLog,
  Json,
  MutationContext,
  MutationDatabase,
  QueryContext,
  Row,
} from './function-context.ts';
export {
  type FunctionDefinition,
  type FunctionOptions,
  isFunctionDefinition,
  mutation,
  query,
} from './function-definition.ts';
export { FUNCTION_ERROR_CODES, FunctionError, type FunctionErrorCode } from './function-error.ts';
