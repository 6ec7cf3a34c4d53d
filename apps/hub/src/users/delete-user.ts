import { deletedUserSchema } from '@santokit/contract';
import { eq } from 'drizzle-orm';
import { route } from '../http/route.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { changeUser } from './change-user.ts';

/** Of the user nothing is left but their id: in the audit log, and in the mark that keeps their tokens out until they have expired. */
export const deleteUserRoute = route({
  name: 'userDelete',
  summary: 'Remove an end user and all that is held about them',
  least: 'admin',
  answer: deletedUserSchema,
  audit: 'enduser.delete',
  async handle(request) {
    const { id } = await changeUser(request, {
      action: 'enduser.delete',
      endsSessions: true,
      change: async (tx, user) => {
        await tx.delete(endUsers).where(eq(endUsers.id, user.id));
        return { user };
      },
    });
    return { id, deleted: true as const };
  },
});
