import { endUserPlaceSchema, endUserSchema, endUserSessionListSchema } from '@santokit/contract';
import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { refreshTokens } from '../store/tables/end-users.ts';
import { endUserAnswer } from './end-user-answer.ts';
import { endUserCaller } from './end-user-caller.ts';
import { enterPlace } from './end-user-place.ts';
import { sessionStart } from './session-start.ts';

export const endUserMeRoute = route({
  name: 'endUserMe',
  summary: 'The signed-in user',
  least: 'public',
  asksForAccessToken: true,
  query: endUserPlaceSchema,
  answer: endUserSchema,
  async handle(request) {
    const place = await enterPlace(request, request.query);
    const { user } = await endUserCaller(request.deps, request.headers, place, { reads: true });
    return endUserAnswer(user);
  },
});

export const endUserSessionsRoute = route({
  name: 'endUserSessions',
  summary: "The signed-in user's own sessions that can still be renewed, the one renewed last first",
  least: 'public',
  asksForAccessToken: true,
  query: endUserPlaceSchema,
  answer: endUserSessionListSchema,
  async handle(request) {
    const { deps, headers } = request;
    const place = await enterPlace(request, request.query);
    const { user, sessionId } = await endUserCaller(deps, headers, place, { reads: true });
    const found = await deps.store.db
      .select({
        sid: refreshTokens.familyId,
        renewedAt: refreshTokens.createdAt,
        expiresAt: refreshTokens.expiresAt,
      })
      .from(refreshTokens)
      .where(
        and(
          eq(refreshTokens.endUserId, user.id),
          isNull(refreshTokens.spentAt),
          isNull(refreshTokens.revokedAt),
          gt(refreshTokens.expiresAt, deps.clock()),
        ),
      )
      .orderBy(desc(refreshTokens.createdAt), desc(refreshTokens.familyId))
      .limit(1_000);
    return {
      items: found.map(({ sid, renewedAt, expiresAt }) => ({
        sid,
        createdAt: sessionStart(sid).toISOString(),
        renewedAt: renewedAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        current: sid === sessionId,
      })),
    };
  },
});
