/** What a function may refuse its caller with. */
export const FUNCTION_ERROR_CODES = [
  'BAD_REQUEST',
  'SCHEMA_VALIDATION_FAILED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'TOO_MANY_REQUESTS',
] as const;
export type FunctionErrorCode = (typeof FUNCTION_ERROR_CODES)[number];

/**
 * Refuses the call: the caller is answered with the code's status, this message and the details. Whatever else a function throws is
 * shown as an internal error, and stands in the log alone.
 * @example throw new FunctionError('CONFLICT', 'Sold out');
 */
export class FunctionError extends Error {
  /** Of what the database or a call refused, any code of the API. */
  readonly code: string;
  readonly details: { readonly [name: string]: unknown } | undefined;

  constructor(code: FunctionErrorCode, message: string, details?: { readonly [name: string]: unknown }) {
    super(message);
    this.name = 'FunctionError';
    this.code = code;
    this.details = details;
  }
}
