import { query, z } from '@santokit/functions';

/** Handles the event `order_placed`. It has no roles, so nobody can call it. */
export const send = query({
  args: z.object({ orderId: z.string(), customerId: z.string(), total: z.string() }),
  handler: async (ctx, { orderId, total }) => {
    const lines = await ctx.db.query<{ title: string; quantity: number }>(
      'select b.title, l.quantity from order_lines l join books b on b.id = l.book_id where l.order_id = $1 order by b.title',
      [orderId],
    );
    // A shop that is open would send it by mail; here it stands in the Bridge's log.
    ctx.log.info('Receipt', { orderId, total, lines: lines.map(({ title, quantity }) => `${quantity} x ${title}`) });
  },
});
