import type { Clock } from '../clock.ts';
import { runLogic } from '../logic/run-logic.ts';
import type { Target } from '../target/target.ts';
import type { OutboxWork } from '../workers/event-workers.ts';
import { SYSTEM_PRINCIPAL } from '../workers/system-principal.ts';

/** Has the handlers of events run, as the release in force says. */
export function eventWork(target: Target, clock: Clock): OutboxWork {
  return {
    kind: 'event',
    routes: ({ events }) => events?.compiled,
    async handle(event, { handler }) {
      const { served, databases } = target.snapshot();
      await runLogic({
        served,
        databases,
        name: handler,
        principal: SYSTEM_PRINCIPAL,
        // A function's arguments; a file of SQL has the payload as `:event.<field>`.
        params: served.logics.get(`logics/${handler}`)?.kind === 'function' ? event.payload : {},
        env: target.name.env,
        nowMs: clock.wallMs(),
        event,
        asSystem: true,
      });
    },
  };
}
