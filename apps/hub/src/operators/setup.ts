import { operatorSessionSchema, StkError, setupRequestSchema } from '@santokit/contract';
import { equalInConstantTime, hashPassword, hashToken, newUlid } from '@santokit/crypto';
import { eq, sql } from 'drizzle-orm';
import { appendAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { hubSettings } from '../store/tables/hub-settings.ts';
import { operators, orgMembers, orgs } from '../store/tables/operators.ts';
import { openSession } from './sessions.ts';
import { SETUP_TOKEN_SETTING } from './setup-token.ts';

/** "stksetup" in ASCII, cut to 63 bits: of two setups at once, one comes second. */
const SETUP_LOCK = '8319109941567518064';

export const setupRoute = route({
  name: 'setup',
  summary: 'Create the first operator and org, once, with the setup token',
  least: 'public',
  body: setupRequestSchema,
  answer: operatorSessionSchema,
  audit: 'operator.setup',
  async handle({ deps, body, origin }) {
    await requireSetupToken(deps, body.token);
    const passwordHash = await hashPassword(body.password);
    return deps.store.db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${SETUP_LOCK}::bigint)`);
      await refuseSecondSetup(tx);
      const operator = { id: `op_${newUlid()}`, email: body.email.toLowerCase(), name: body.name ?? null };
      const org = { id: `org_${newUlid()}`, name: body.org };
      await tx.insert(operators).values({ ...operator, passwordHash });
      await tx.insert(orgs).values(org);
      await tx.insert(orgMembers).values({ orgId: org.id, operatorId: operator.id, role: 'owner' });
      await tx.delete(hubSettings).where(eq(hubSettings.name, SETUP_TOKEN_SETTING));
      const session = await openSession(deps, tx, operator);
      const detail = { org: body.org, operator: operator.id };
      await appendAudit(deps, tx, {
        actorId: operator.id,
        actorType: 'operator',
        action: 'operator.setup',
        detail,
        origin,
      });
      return session;
    });
  },
});

async function requireSetupToken({ config, store }: Deps, token: string): Promise<void> {
  await refuseSecondSetup(store.db);
  const [printed] = await store.db.select().from(hubSettings).where(eq(hubSettings.name, SETUP_TOKEN_SETTING));
  const expected = config.setupToken === undefined ? printed?.value : hashToken(config.setupToken);
  if (expected === undefined || !equalInConstantTime(hashToken(token), expected))
    throw new StkError(
      'UNAUTHORIZED',
      'The setup token is not the one that the Hub was started with or printed at its first start',
    );
}

async function refuseSecondSetup(db: StoreDb): Promise<void> {
  const [operator] = await db.select({ id: operators.id }).from(operators).limit(1);
  if (operator !== undefined) throw new StkError('CONFLICT', 'This Hub has been set up already: log in instead');
}
