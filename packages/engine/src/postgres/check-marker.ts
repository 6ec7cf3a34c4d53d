/** Stands in the error of a statement whose `check` did not hold: the only error that a statement can raise without a function. */
export const CHECK_MARKER = 'stk_check_failed';
