/** Stands in the error of a statement whose `check` did not hold: a cast that fails is the one error that plain SQL can raise. */
export const CHECK_MARKER = 'stk_check_failed';

/** Stands in the error of a write that would answer with more rows than it may. */
export const TOO_MANY_ROWS_MARKER = 'stk_too_many_rows';

/** Stands in the error of a write whose answer may be larger than it may be. */
export const ANSWER_SIZE_MARKER = 'stk_answer_size';

/** Stands in the error of a write that would publish more of a row than an event may hold. */
export const PAYLOAD_SIZE_MARKER = 'stk_payload_size';

/** Stands in the error of a write whose event does not fit its topic, before the topic and the field, each with a full stop. */
export const PAYLOAD_SCHEMA_MARKER = 'stk_payload_schema_';
/** The same where the caller is not told of the field. */
export const HIDDEN_PAYLOAD_MARKER = 'stk_hidden_payload_';

/** Stands in the error of an update that would take a value out of its column's bounds, with the column's place in its table. */
export const OUT_OF_BOUNDS_MARKER = 'stk_out_of_bounds_';
