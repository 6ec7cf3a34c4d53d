/** Stands in the error of a statement whose `check` did not hold: a cast that fails is the one error that plain SQL can raise. */
export const CHECK_MARKER = 'stk_check_failed';

/** Stands in the error of a write that would answer with more rows than it may. */
export const TOO_MANY_ROWS_MARKER = 'stk_too_many_rows';
