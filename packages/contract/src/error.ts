/**
 * Every error code of Santokit, its HTTP status, and whether the same request may succeed when sent again.
 * The table of the contract ("Operations", section "Errors").
 */
export const ERROR_CODES = {
  BAD_REQUEST: { status: 400, retry: false },
  SCHEMA_VALIDATION_FAILED: { status: 400, retry: false },
  RESULT_TOO_LARGE: { status: 400, retry: false },
  UNAUTHORIZED: { status: 401, retry: false },
  FORBIDDEN: { status: 403, retry: false },
  NOT_FOUND: { status: 404, retry: false },
  CONFLICT: { status: 409, retry: false },
  SCHEMA_DRIFT: { status: 409, retry: false },
  DESTRUCTIVE_CHANGE: { status: 409, retry: false },
  RELEASE_BLOCKED: { status: 409, retry: false },
  PAYLOAD_TOO_LARGE: { status: 413, retry: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retry: false },
  TOO_MANY_REQUESTS: { status: 429, retry: true },
  INTERNAL_ERROR: { status: 500, retry: false },
  SERVICE_UNAVAILABLE: { status: 503, retry: true },
  QUERY_TIMEOUT: { status: 504, retry: true },
} as const satisfies Record<string, { status: number; retry: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The body of every failed answer. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly requestId?: string;
    readonly details?: ErrorDetails;
  };
}

/**
 * An error that may be shown: its message and details hold no secret, token, URL, bound value or SQL.
 * What must stay in the log travels in `cause`.
 */
export class StkError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StkError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** The error that an unknown `thrown` is shown as: itself, or `INTERNAL_ERROR` with the original as `cause`. */
export function toStkError(thrown: unknown): StkError {
  if (thrown instanceof StkError) return thrown;
  return new StkError('INTERNAL_ERROR', 'Internal error', undefined, { cause: thrown });
}

/** Renders the body of a failed answer. */
export function errorBody(error: StkError, requestId?: string): ErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(requestId === undefined ? {} : { requestId }),
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  };
}
