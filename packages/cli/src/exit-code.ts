import type { ErrorCode } from '@santokit/contract';

/** What `stk` exits with ("CLI", exit codes). */
export const EXIT = { done: 0, failed: 1, usage: 2, unconfirmed: 3, drift: 4, notAllowed: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of an error that carries this code. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
      return EXIT.notAllowed;
    case 'DESTRUCTIVE_CHANGE':
    case 'RELEASE_BLOCKED':
      return EXIT.unconfirmed;
    case 'SCHEMA_DRIFT':
      return EXIT.drift;
    case 'BAD_REQUEST':
    case 'SCHEMA_VALIDATION_FAILED':
    case 'RESULT_TOO_LARGE':
    case 'NOT_FOUND':
    case 'CONFLICT':
    case 'PAYLOAD_TOO_LARGE':
    case 'UNSUPPORTED_MEDIA_TYPE':
    case 'TOO_MANY_REQUESTS':
    case 'INTERNAL_ERROR':
    case 'SERVICE_UNAVAILABLE':
    case 'QUERY_TIMEOUT':
      return EXIT.failed;
  }
}
