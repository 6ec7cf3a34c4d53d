import { FunctionError, mutation, z } from '@santokit/functions';

const line = z.object({ bookId: z.string(), quantity: z.int().min(1).max(99) });

/** Reserves the stock of every line, or of none: what fails takes the whole order back. */
export const place = mutation({
  description: 'order books that are in stock',
  roles: ['user'],
  args: z.object({ address: z.string().min(1).max(300), lines: z.array(line).min(1).max(20) }),
  handler: async (ctx, { address, lines }) => {
    // Under the caller's own permissions, so that the order is theirs.
    const { id: orderId } = await ctx.call<{ id: string }>('db/orders/insert', { data: { address } });
    for (const { bookId, quantity } of lines) {
      const [book] = await ctx.db.query<{ price: string }>(
        `update books set stock = stock - $2 where id = $1 and status = 'listed' and stock >= $2 returning price`,
        [bookId, quantity],
      );
      if (book === undefined) throw new FunctionError('CONFLICT', 'Sold out', { bookId });
      await ctx.db.exec(
        `insert into order_lines (id, order_id, book_id, quantity, unit_price)
         values (gen_random_uuid()::text, $1, $2, $3, $4)`,
        [orderId, bookId, quantity, book.price],
      );
    }
    const [sum] = await ctx.db.query<{ total: string }>(
      'select sum(quantity * unit_price) as total from order_lines where order_id = $1',
      [orderId],
    );
    const total = sum?.total ?? '0';
    await ctx.publish('order_placed', { orderId, customerId: ctx.auth.sub, total });
    return { orderId, total };
  },
});
