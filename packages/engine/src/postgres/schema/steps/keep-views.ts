import { DEFAULT_SCHEMA, quoteLiteral } from '../identifier.ts';
import type { LiveColumn } from '../live-schema.ts';
import { IS_KEPT_VIEW } from '../view-queries.ts';
import { type ColumnPlace, grantQueries, KeptParts, type KeptStatements, regclass } from './kept-parts.ts';

/**
 * Views that a column keeps from being changed are dropped for the moment and made anew as they were, first those that the others are made
 * of. One that cannot be, because something was set of it since the plan was made, is not dropped, and then the change fails.
 */
export function keepViews({ views = [] }: LiveColumn, replacement: ColumnPlace): KeptStatements {
  if (views.length === 0) return { before: [], after: [] };
  const kept = new KeptParts('views');
  return { before: [`DO ${quoteLiteral(dropViews(kept, replacement))}`], after: [kept.make()] };
}

/** Nobody changes a view while its owner is set, be it to the one that it has. What is printed of it names all schemas. */
function dropViews(kept: KeptParts, replacement: ColumnPlace): string {
  return `DECLARE
  path text := current_setting('search_path');
  views oid[] := ARRAY(${foundQuery(replacement)});
  one oid;
BEGIN
  PERFORM set_config('search_path', '', true);
  FOREACH one IN ARRAY views LOOP
    EXECUTE (SELECT format('ALTER VIEW %s OWNER TO %I', one::regclass, pg_get_userbyid(c.relowner)) FROM pg_class c WHERE c.oid = one);
  END LOOP;
  PERFORM ${kept.keep(VIEWS).replace(/^SELECT /, '')};
  FOR at IN REVERSE cardinality(views)..1 LOOP
    EXECUTE format('DROP VIEW %s', views[at]::regclass);
  END LOOP;
  PERFORM set_config('search_path', path, true);
END`;
}

/** The views of a column, those that others are made of first. */
function foundQuery({ schema, table, column }: ColumnPlace): string {
  const of = regclass(schema, table);
  const reads = `r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass`;
  return `
    WITH RECURSIVE reading (view, depth) AS (
      SELECT r.ev_class, 1 FROM pg_depend d JOIN pg_rewrite r ON ${reads} JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       WHERE a.attrelid = ${of} AND a.attname = ${quoteLiteral(column)}
      UNION SELECT r.ev_class, reading.depth + 1 FROM reading JOIN pg_depend d ON d.refobjid = reading.view JOIN pg_rewrite r ON ${reads} AND r.ev_class <> d.refobjid
    )
    SELECT c.oid FROM pg_class c JOIN reading ON reading.view = c.oid WHERE ${IS_KEPT_VIEW} GROUP BY c.oid ORDER BY max(reading.depth), c.oid`;
}

const [REVOKE, GRANT] = grantQueries({ kind: 'TABLE', alias: 'c', name: 'c.oid::regclass' });

/** Of the views in `views`. */
const VIEWS = `
    SELECT (each.at, part.place) AS place, part.statement
      FROM unnest(views) WITH ORDINALITY AS each (oid, at) JOIN pg_class c ON c.oid = each.oid, LATERAL (
      SELECT 1 AS place, format('CREATE VIEW %s%s AS %s', c.oid::regclass, ' WITH (' || array_to_string(c.reloptions, ', ') || ')', pg_get_viewdef(c.oid)) AS statement
      UNION ALL SELECT 2, format('ALTER VIEW %s OWNER TO %I', c.oid::regclass, pg_get_userbyid(c.relowner))
      UNION ALL SELECT 3, revoked.statement FROM (${REVOKE}) AS revoked
      UNION ALL SELECT 4, granted.statement FROM (${GRANT}) AS granted (statement)
      UNION ALL SELECT 5, format('COMMENT ON VIEW %s IS %L', c.oid::regclass, obj_description(c.oid, 'pg_class'))
                 WHERE obj_description(c.oid, 'pg_class') IS NOT NULL
      UNION ALL SELECT 6, format('COMMENT ON COLUMN %s.%I IS %L', c.oid::regclass, b.attname, col_description(c.oid, b.attnum))
                  FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attnum > 0 AND col_description(c.oid, b.attnum) IS NOT NULL
    ) AS part`;

/** What is told of the views that come with a change; undefined where there are none. */
export function viewsAdvice({ views = [] }: LiveColumn): string | undefined {
  if (views.length === 0) return undefined;
  const names = views.map(({ schema, name }) => (schema === DEFAULT_SCHEMA ? name : `${schema}.${name}`)).join(', ');
  const [view, are] = views.length === 1 ? ['The view', 'it is'] : ['The views', 'they are'];
  return `${view} ${names} will be dropped and made anew in the same moment: where ${are} declared, declare the columns as they are then.`;
}
