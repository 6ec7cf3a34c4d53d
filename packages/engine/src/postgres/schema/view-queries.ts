import type { Session } from './session.ts';

/** Of a relation `c`: a view that this role can drop and make anew with all that is set of it, and that nothing but views is made of. */
export const IS_KEPT_VIEW = `
  (c.relkind = 'v' AND has_schema_privilege(c.relnamespace, 'CREATE')
    AND EXISTS (SELECT FROM pg_roles u WHERE u.rolname = current_user AND (u.rolsuper OR u.oid = c.relowner))
    AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) AS granted WHERE granted.grantor <> c.relowner)
    AND NOT EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attnum > 0 AND (b.attacl IS NOT NULL OR b.atthasdef))
    AND NOT EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN')
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid)
    AND NOT EXISTS (SELECT FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = c.oid)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'x'))
    AND NOT EXISTS (
      SELECT FROM pg_depend d
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype <> 'i' AND d.classid <> 'pg_rewrite'::regclass)
    AND NOT EXISTS (
      SELECT FROM pg_depend d JOIN pg_type t ON t.oid = c.reltype
       WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype <> 'i'))`;

export interface ViewRow {
  oid: number;
  schema: string;
  name: string;
  is_kept: boolean;
  /** What is made of it, whatever that is. */
  readers: number[] | null;
}

export function viewRows(session: Session): Promise<readonly ViewRow[]> {
  return session.run<ViewRow>(`
    SELECT c.oid, n.nspname AS schema, c.relname AS name, ${IS_KEPT_VIEW} AS is_kept,
           (SELECT jsonb_agg(DISTINCT r.ev_class::int8) FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
             WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND r.ev_class <> c.oid) AS readers
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND n.nspname NOT LIKE 'pg\\\\_%' AND n.nspname <> 'information_schema' ORDER BY c.oid`);
}

/** All views that are made of what is read by `readers`, directly and by way of others; undefined where one cannot be made anew. */
export function viewsOf(readers: readonly number[], views: ReadonlyMap<number, ViewRow>): ViewRow[] | undefined {
  const found = new Map<number, ViewRow>();
  const left = [...readers];
  for (let oid = left.pop(); oid !== undefined; oid = left.pop()) {
    const view = views.get(oid);
    if (view?.is_kept !== true) return undefined;
    if (found.has(oid)) continue;
    found.set(oid, view);
    left.push(...(view.readers ?? []));
  }
  return [...found.values()];
}
