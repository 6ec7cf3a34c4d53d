import { endUserSessionAnswerSchema, oidcExchangeRequestSchema, StkError } from '@santokit/contract';
import { hashToken } from '@santokit/crypto';
import { and, eq, gt } from 'drizzle-orm';
import { type AddressAttempt, countingRefusals } from '../access/address-attempts.ts';
import type { Deps } from '../deps.ts';
import { addressAttempt } from '../end-users/address-attempt.ts';
import { requireListedOrigin } from '../end-users/allow-page.ts';
import { answerSession } from '../end-users/answer-session.ts';
import { appendEndUserAudit } from '../end-users/append-end-user-audit.ts';
import { type EndUserPlace, enterPlace } from '../end-users/end-user-place.ts';
import { openSession } from '../end-users/issue-session.ts';
import { type RequestOrigin, route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { oidcExchanges } from '../store/tables/oidc.ts';
import { linkIdentity } from './link-identity.ts';
import { passSecondFactor } from './pass-second-factor.ts';
import { placeOfProvider } from './place-of-provider.ts';
import { signIn } from './sign-in.ts';

export const exchangeOidcRoute = route({
  name: 'endUserOidcExchange',
  summary: 'A session for the exchange code that came with the redirect; once, within 60 seconds',
  least: 'public',
  body: oidcExchangeRequestSchema,
  answer: endUserSessionAnswerSchema,
  audit: 'enduser.login',
  async handle(request) {
    const { deps, body, headers, params, origin } = request;
    const { project, env, cookies = false, exchangeCode = body.exchange_code ?? '' } = body;
    // Entered first: also a page whose code is no good may read why.
    const named = project !== undefined && env !== undefined ? await enterPlace(request, { project, env }) : null;
    const attempt = named === null ? elsewhere(origin) : addressAttempt('oidc exchange', named, origin);
    return await countingRefusals(deps, attempt, async () => {
      const exchange = await findExchange(deps, exchangeCode);
      const found = exchange && (await placeOfProvider(deps.store.db, exchange.providerId));
      if (exchange === undefined || found === undefined || found.provider.name !== params.provider) throw invalid();
      if (named !== null && named.envId !== found.provider.envId) throw invalid();
      const place = named ?? (await enterPlace(request, found));
      if (cookies) requireListedOrigin(headers, place, true);
      if (exchange.link === null) await passSecondFactor(deps, { place, identity: exchange, code: body.code, origin });
      if (!(await spendExchange(deps, exchange))) throw invalid();
      const done = { provider: params.provider, exchange, place, origin };
      const session = await deps.store.db.transaction((tx) => finish(deps, tx, done));
      return answerSession(headers, place, session, cookies);
    });
  },
});

/** Before the code says which env it is of. */
function elsewhere({ ip }: RequestOrigin): AddressAttempt {
  return { door: 'any env', kind: 'oidc exchange', ip, perMinute: undefined };
}

type Exchange = typeof oidcExchanges.$inferSelect;

/** @returns undefined for a code that is unknown, spent or expired */
async function findExchange({ store, clock }: Deps, code: string): Promise<Exchange | undefined> {
  const [exchange] = await store.db
    .select()
    .from(oidcExchanges)
    .where(and(eq(oidcExchanges.codeHash, hashToken(code)), gt(oidcExchanges.expiresAt, clock())));
  return exchange;
}

/** From here on the code is good no more, whatever comes of it. @returns whether it was until now */
async function spendExchange({ store }: Deps, { codeHash }: Exchange): Promise<boolean> {
  const spent = await store.db
    .delete(oidcExchanges)
    .where(eq(oidcExchanges.codeHash, codeHash))
    .returning({ codeHash: oidcExchanges.codeHash });
  return spent.length > 0;
}

interface Finish {
  readonly provider: string;
  readonly exchange: Exchange;
  readonly place: EndUserPlace;
  readonly origin: RequestOrigin;
}

async function finish(deps: Deps, tx: StoreDb, { provider, exchange, place, origin }: Finish) {
  const { link } = exchange;
  const use = { deps, tx, place, identity: exchange };
  const { user, action } =
    link === null
      ? await signIn(use).then(({ user, isNew }) => ({
          user,
          action: isNew ? ('enduser.signup' as const) : ('enduser.login' as const),
        }))
      : { user: await linkIdentity({ ...use, link }), action: 'enduser.oidc_link' as const };
  const session = await openSession(deps, tx, place, user);
  await appendEndUserAudit(deps, tx, { action, place, detail: { user: user.id, provider }, origin });
  return session;
}

function invalid(): StkError {
  return new StkError('UNAUTHORIZED', 'The exchange code is not valid');
}
