import type { VisitedNode } from './walk-tree.ts';

/** The name of a function that is called, where it is one of PostgreSQL's own or looks like one; undefined where it is in another schema. */
export function calledFunction({ node }: VisitedNode): string | undefined {
  const names = (node.funcname as readonly { String?: { sval?: string } }[] | undefined) ?? [];
  const parts = names.map(({ String: text }) => text?.sval ?? '');
  const name = parts.at(-1) ?? '';
  return parts.length === 1 || (parts.length === 2 && parts[0] === 'pg_catalog') ? name : undefined;
}

/** PostgreSQL's functions that change something; a read-only transaction refuses them, or should not be asked. */
const CHANGING = new Set([
  'nextval',
  'setval',
  'pg_notify',
  'set_config',
  'lo_create',
  'lo_creat',
  'lo_unlink',
  'lo_import',
  'lo_from_bytea',
  'lo_put',
  'lowrite',
  'pg_logical_emit_message',
  'txid_current',
  'pg_current_xact_id',
]);

/** Whether a call may change something: one of those known to, or one whose schema says that it is the user's own. */
export function mayChange(call: VisitedNode): boolean {
  const name = calledFunction(call);
  return name === undefined || CHANGING.has(name);
}

/** Functions that cannot change anything, those that most reading files are made of. */
const HARMLESS = new Set(
  `abs age array_agg array_length array_to_string avg bool_and bool_or btrim cardinality ceil ceiling char_length concat concat_ws count
   cume_dist date_bin date_part date_trunc dense_rank encode every exp extract first_value floor format gen_random_uuid generate_series greatest initcap
   json_agg json_build_array json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text jsonb_array_length
   jsonb_build_array jsonb_build_object jsonb_each jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query jsonb_set
   jsonb_strip_nulls jsonb_typeof lag last_value lead left length ln log lower lpad ltrim make_date make_interval make_timestamptz max md5
   min mod mode now ntile nth_value octet_length overlay percent_rank percentile_cont percentile_disc plainto_tsquery position power
   rank regexp_match regexp_matches regexp_replace regexp_split_to_table repeat replace reverse right round row_number row_to_json rpad
   rtrim sign similarity split_part sqrt starts_with stddev string_agg string_to_array strpos substr substring sum timezone
   to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector translate trim trunc ts_headline ts_rank unnest upper
   variance websearch_to_tsquery width_bucket`.split(/\s+/),
);

/** Whether a call can be known to change nothing. */
export function isHarmless(call: VisitedNode): boolean {
  const name = calledFunction(call);
  return name !== undefined && HARMLESS.has(name);
}

/** Functions that take values of any type, so that PostgreSQL cannot tell that of a parameter. */
const ANY_TYPE = new Set(
  `array_agg array_append array_fill array_position array_positions array_prepend array_remove array_replace concat concat_ws count
   first_value format json_agg json_build_array json_build_object json_object_agg jsonb_agg jsonb_build_array jsonb_build_object
   jsonb_object_agg lag last_value lead nth_value num_nonnulls num_nulls pg_typeof to_json to_jsonb jsonb_set_lax`.split(
    /\s+/,
  ),
);

/** Whether the type of an argument is not to be told from the call. */
export function takesAnyType(call: VisitedNode): boolean {
  const name = calledFunction(call);
  return name !== undefined && ANY_TYPE.has(name);
}

/** Functions over arrays of the database, as those a list is meant for that is given to them. */
const OVER_ARRAYS = /^(?:array_.*|unnest|cardinality)$/;

/** Whether an argument that is a list is meant to be an array of the database. */
export function takesArrays(call: VisitedNode): boolean {
  return OVER_ARRAYS.test(calledFunction(call) ?? '');
}
