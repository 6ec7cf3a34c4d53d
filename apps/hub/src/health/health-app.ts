import { setTimeout as sleep } from 'node:timers/promises';
import { SANTOKIT_VERSION } from '@santokit/contract';
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import type { Deps } from '../deps.ts';
import type { HubEnv } from '../http/hub-env.ts';

const ANSWER_WITHIN_MS = 2_000;

/** `/healthz`, `/readyz`, `/metrics` and `/version`: for machines that look after the Hub; none needs a credential. */
export function healthApp(deps: Deps): Hono<HubEnv> {
  const app = new Hono<HubEnv>();
  app.get('/healthz', (context) => context.json({ ok: true }));
  app.get('/readyz', async (context) => {
    const reason = await whyNotReady(deps);
    return reason === undefined ? context.json({ ok: true }) : context.json({ ok: false, reason }, 503);
  });
  app.get('/metrics', async (context) => {
    const { registry } = deps.metrics;
    return context.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType });
  });
  app.get('/version', (context) => context.json({ version: SANTOKIT_VERSION }));
  return app;
}

async function whyNotReady({ store, stopping }: Deps): Promise<string | undefined> {
  if (stopping.aborted) return 'stopping';
  const answered = store.db.execute(sql`select 1`).then(
    () => true,
    () => false,
  );
  // A server that hangs neither answers nor refuses.
  const inTime = await Promise.race([answered, sleep(ANSWER_WITHIN_MS, false, { ref: false })]);
  return inTime ? undefined : 'the database of the Hub cannot be reached';
}
