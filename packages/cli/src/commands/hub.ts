import { hubTimeSchema, masterKeyRotationSchema } from '@santokit/contract';
import { requireHubUrl, resolveContext } from '../context/context.ts';
import { EXIT } from '../exit-code.ts';
import { probe } from '../hub/probe.ts';
import { openHub } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { printable } from '../output/table-text.ts';

export const defineHub: Define = (command, run) => {
  command.command('status').description('ask the Hub whether it works').action(run(status));
  command
    .command('rotate-master-key')
    .description(
      'wrap every data key by the Hub’s STK_HUB_MASTER_KEY, after it was started with the old one as STK_HUB_MASTER_KEY_PREVIOUS',
    )
    .action(run(rotateMasterKey));
  command.command('time').description("compare the Hub's clock with this machine's").action(run(time));
};

async function status(invocation: Invocation): Promise<Answer> {
  const hubUrl = requireHubUrl(resolveContext(invocation));
  const [ready, version] = await Promise.all([probe(`${hubUrl}/readyz`), probe(`${hubUrl}/version`)]);
  const reason = ready.answered ? notReady(ready.status, ready.body) : ready.reason;
  const document = {
    hubUrl,
    version: version.answered ? textOf(version.body, 'version') : null,
    ready: reason === null,
    reason,
    ms: ready.ms,
  };
  const text = reason === null ? `ready, ${ready.ms} ms` : `not ready: ${printable(reason)}`;
  return {
    document,
    text: `${hubUrl}  ${printable(document.version ?? 'version unknown')}  ${text}`,
    exitCode: document.ready ? EXIT.done : EXIT.failed,
  };
}

function notReady(status: number, body: unknown): string | null {
  if (status === 200 && typeof body === 'object' && body !== null && 'ok' in body) return null;
  return textOf(body, 'reason') ?? `it answered ${status}`;
}

function textOf(body: unknown, key: string): string | null {
  const value: unknown = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : null;
}

async function rotateMasterKey(invocation: Invocation): Promise<Answer> {
  const { hub } = openHub(invocation);
  const document = await hub.call('hubRotateMasterKey', masterKeyRotationSchema);
  const keys = `${document.rewrapped} data ${document.rewrapped === 1 ? 'key is' : 'keys are'}`;
  const text =
    document.rewrapped === 0
      ? 'Every data key is wrapped by STK_HUB_MASTER_KEY already; the Hub needs no STK_HUB_MASTER_KEY_PREVIOUS'
      : `${keys} wrapped anew; start the Hub without STK_HUB_MASTER_KEY_PREVIOUS next`;
  return { document, text };
}

/** The Hub looked at its clock somewhere between question and answer: the middle is wrong by half of that at most. */
async function time(invocation: Invocation): Promise<Answer> {
  const { hub } = openHub(invocation);
  const sentAt = Date.now();
  const { time: hubTime } = await hub.call('hubTime', hubTimeSchema);
  const receivedAt = Date.now();
  const offsetMs = Math.round(Date.parse(hubTime) - (sentAt + receivedAt) / 2);
  const uncertaintyMs = Math.ceil((receivedAt - sentAt) / 2);
  const where = offsetMs >= 0 ? `${offsetMs} ms ahead of` : `${-offsetMs} ms behind`;
  return {
    document: { hubTime, offsetMs, uncertaintyMs },
    text: `${printable(hubTime)}, ${where} this machine's clock (± ${uncertaintyMs} ms)`,
  };
}
