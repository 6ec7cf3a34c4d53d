import { runLogic } from '@santokit/calls';
import { canRunTogether, openLogic, runTogether } from '@santokit/runtime';
import { inSteps } from '@santokit/telemetry';
import type { Clock } from '../clock.ts';
import type { Target } from '../target/target.ts';
import type { OutboxWork } from '../workers/event-workers.ts';
import { SYSTEM_PRINCIPAL } from '../workers/system-principal.ts';

/** Has the handlers of events run, as the release in force says. */
export function eventWork(target: Target, clock: Clock): OutboxWork {
  return {
    kind: 'event',
    routes: ({ events }) => events?.compiled,
    async handle(event, { handler }, trace) {
      const { served, databases } = target.snapshot();
      await inSteps(trace, (steps) =>
        runLogic({
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
          trace,
          steps,
        }),
      );
    },
    together({ handler }, database) {
      if (target.served === undefined || target.state === 'EXPIRED') return undefined;
      const { served, databases } = target.snapshot();
      const callable = served.logics.get(`logics/${handler}`);
      if (callable?.kind !== 'sql' || !canRunTogether(callable)) return undefined;
      if (databases.get(callable.logic.connection) !== database) return undefined;
      return async (transaction, events) => {
        const call = { principal: SYSTEM_PRINCIPAL, params: {}, env: target.name.env, nowMs: clock.wallMs() };
        const sources = events.map((event) => openLogic(callable, { ...call, event, asSystem: true }));
        await runTogether(callable, sources, { transaction, limits: served.limits });
      };
    },
  };
}
