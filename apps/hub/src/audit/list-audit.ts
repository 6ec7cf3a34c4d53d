import { AUDIT_PAGE_MAX, type AuditItem, type AuditQuery, auditListSchema, auditQuerySchema } from '@santokit/contract';
import { and, asc, desc, eq, gt, gte, inArray, isNull, like, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import { isOrgAdmin } from '../access/is-org-admin.ts';
import type { Project } from '../access/locate.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { auditLog } from '../store/tables/audit.ts';
import { operators, orgMembers } from '../store/tables/operators.ts';
import { auditItemColumns } from './audit-columns.ts';

const DEFAULT_LIMIT = 100;
const ACTOR_TYPES = ['operator', 'system', 'bridge'] as const;

export const listAuditRoute = route({
  name: 'auditLog',
  summary: "Audit entries about a project, newest first; for its org's admins also those about no project",
  least: 'admin',
  query: auditQuerySchema,
  answer: auditListSchema,
  async handle({ deps, query, actor, project }) {
    const { db } = deps.store;
    const limit = Math.min(query.limit ?? DEFAULT_LIMIT, AUDIT_PAGE_MAX);
    const forward = query.after !== undefined && query.before === undefined;
    const found = await db
      .select(auditItemColumns)
      .from(auditLog)
      .where(and(await visibleTo(db, actor, project), ...matching(db, query)))
      .orderBy(forward ? asc(auditLog.seq) : desc(auditLog.seq))
      .limit(limit + 1);
    const page = found.slice(0, limit);
    const items: AuditItem[] = forward ? page.toReversed() : page;
    const next = forward || found.length <= limit ? undefined : items.at(-1)?.id;
    return next === undefined ? { items } : { items, next };
  },
});

/**
 * What is about the project; and for admins of its org, unless they come by a token that is bound to the project, what is
 * about no project and was done by people of that org or by nobody who is known.
 */
async function visibleTo(db: StoreDb, actor: Actor, project: Project): Promise<SQL | undefined> {
  const ofProject = eq(auditLog.project, project.name);
  if (!(await isOrgAdmin(db, actor, project))) return ofProject;
  const people = db.select({ id: orgMembers.operatorId }).from(orgMembers).where(eq(orgMembers.orgId, project.orgId));
  return or(ofProject, and(isNull(auditLog.project), or(isNull(auditLog.actorId), inArray(auditLog.actorId, people))));
}

function matching(db: StoreDb, query: AuditQuery): (SQL | undefined)[] {
  const { env, action, since, actor, before, after } = query;
  return [
    env === undefined ? undefined : or(eq(auditLog.env, env), isNull(auditLog.env)),
    action === undefined ? undefined : ofAction(action),
    since === undefined ? undefined : gte(auditLog.ts, new Date(since)),
    actor === undefined ? undefined : byActor(db, actor),
    before === undefined ? undefined : lt(auditLog.seq, seqOf(db, before)),
    after === undefined ? undefined : gt(auditLog.seq, seqOf(db, after)),
  ];
}

function ofAction(action: string): SQL {
  return action.endsWith('.*') ? like(auditLog.action, `${action.slice(0, -1)}%`) : eq(auditLog.action, action);
}

function byActor(db: StoreDb, actor: string): SQL | undefined {
  const type = ACTOR_TYPES.find((known) => known === actor);
  if (type !== undefined) return eq(auditLog.actorType, type);
  if (!actor.includes('@')) return eq(auditLog.actorId, actor);
  const named = db.select({ id: operators.id }).from(operators).where(eq(operators.email, actor.toLowerCase()));
  return inArray(auditLog.actorId, named);
}

function seqOf(db: StoreDb, id: string): SQL {
  return sql`(${db.select({ seq: auditLog.seq }).from(auditLog).where(eq(auditLog.id, id))})`;
}
