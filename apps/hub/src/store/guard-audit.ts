import type postgres from 'postgres';

/** What keeps whoever has the Hub's database role from changing the audit log. */
export type AuditGuard = 'owner' | 'triggers';

const TABLES = ['audit_log', 'audit_checkpoints'] as const;
const REMOVE = 'remove_covered_audit_entries(integer)';
const FUNCTIONS = [
  'refuse_audit_change()',
  'check_audit_checkpoint()',
  'refuse_audit_checkpoint_change()',
  REMOVE,
] as const;

/**
 * Gives the audit log to a role of its own, where the Hub's role may make roles: the Hub may then add to the log and read it, but
 * has no right to change or delete, nor to drop or disable the triggers. Elsewhere an administrator does the same by hand
 * (docs/audit.md); until then the triggers alone refuse changes. A superuser can be kept from nothing.
 *
 * A migration that changes these tables has to take them back first.
 */
export async function guardAudit(sql: postgres.Sql): Promise<AuditGuard> {
  const [found] = await sql<Guarding[]>`
    select rolname as hub, left(current_database(), 48) || '_audit_owner' as owner,
      rolsuper as "isSuperuser", rolcreaterole as "mayMakeRoles", pg_has_role(c.relowner, 'usage') as "isOurs"
    from pg_roles, pg_class c where rolname = current_user and c.oid = 'public.audit_log'::regclass`;
  if (found === undefined || found.isSuperuser) return 'triggers';
  if (!found.isOurs) return 'owner';
  return found.mayMakeRoles && (await handOver(sql, found)) ? 'owner' : 'triggers';
}

interface Guarding {
  readonly hub: string;
  readonly owner: string;
  readonly isSuperuser: boolean;
  readonly mayMakeRoles: boolean;
  readonly isOurs: boolean;
}

/** @returns false where the Hub's role lacks a right that this takes; nothing is changed then */
async function handOver(sql: postgres.Sql, names: Pick<Guarding, 'hub' | 'owner'>): Promise<boolean> {
  const hub = quoted(names.hub);
  const owner = quoted(names.owner);
  const statements = [
    `grant ${owner} to ${hub}`,
    `grant usage, create on schema public to ${owner}`,
    ...TABLES.map((table) => `alter table public.${table} owner to ${owner}`),
    ...FUNCTIONS.map((name) => `alter function public.${name} owner to ${owner}`),
    // What the owner before could do went with the ownership.
    `set local role ${owner}`,
    ...TABLES.map((table) => `grant select, insert on public.${table} to ${hub}`),
    `revoke execute on function public.${REMOVE} from public`,
    `grant execute on function public.${REMOVE} to ${hub}`,
    'reset role',
    `revoke create on schema public from ${owner}`,
    `revoke ${owner} from ${hub}`,
  ];
  try {
    await sql.begin(async (tx) => {
      const existing = await tx`select from pg_roles where rolname = ${names.owner}`;
      if (existing.length === 0) await tx.unsafe(`create role ${owner} nologin`);
      for (const statement of statements) await tx.unsafe(statement);
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
