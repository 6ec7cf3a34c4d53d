import {
  internalCurrentReleaseSchema,
  internalTargetsSchema,
  isOlderVersion,
  SANTOKIT_VERSION,
} from '@santokit/contract';
import { z } from 'zod';
import { type Probe, probe } from '../hub/probe.ts';

/** One thing that a Bridge on this machine needs of the Hub; `status` is that of the answer, null where there was none. */
export interface DoorCheck {
  readonly name: 'reachable' | 'clock' | 'token' | 'release' | 'payload' | 'keys' | 'connections';
  readonly ok: boolean;
  readonly status: number | null;
  readonly ms: number;
  readonly detail: string;
}

export interface InternalDoor {
  readonly hubUrl: string;
  readonly token: string;
  /** Absent: nothing is asked about an env. */
  readonly target?: { readonly project: string; readonly env: string };
}

/** Beyond this, tokens expire noticeably too early or too late. */
const MOST_CLOCK_OFFSET_MS = 30_000;

/**
 * Does what a Bridge does when it starts: reaches the Hub's internal door, shows its token, and pulls all that an env needs.
 * What is pulled is neither shown nor kept. Stops where going on makes no sense.
 */
export async function checkInternalDoor({ hubUrl, token, target }: InternalDoor): Promise<DoorCheck[]> {
  const pull = (path: string) => probe(`${hubUrl}/internal${path}`, { authorization: `Bearer ${token}` });
  const health = await probe(`${hubUrl}/internal/healthz`);
  const reachable = checkOf('reachable', health, () => hubUrl);
  if (!health.answered || !reachable.ok) return [reachable];
  const listed = checkOf('token', await pull('/targets'), (body) => servable(body));
  const checks = [reachable, clockCheck(health), listed];
  if (!listed.ok || target === undefined) return checks;
  const { project, env } = target;
  const query = new URLSearchParams({ project, env });
  const path = `${encodeURIComponent(project)}/${encodeURIComponent(env)}`;
  const current = await pull(`/releases/current?${query}`);
  return [
    ...checks,
    checkOf('release', current, (body) => releaseNeeds(body)),
    ...(await payloadChecks(current, pull)),
    checkOf('keys', await pull(`/keys/${path}`), () => 'can be pulled'),
    checkOf('connections', await pull(`/connections/${path}`), () => 'can be pulled'),
  ];
}

/** A problem that `tell` sees in an answer that came as it should. */
class Unfit extends Error {}

function checkOf(name: DoorCheck['name'], answer: Probe, tell: (body: unknown) => string): DoorCheck {
  const { ms } = answer;
  if (!answer.answered) return { name, ok: false, status: null, ms, detail: answer.reason };
  const { status, body } = answer;
  if (status !== 200) return { name, ok: false, status, ms, detail: refusal(name, status) };
  if (body === undefined) return { name, ok: false, status, ms, detail: 'what answers here is not a Hub' };
  try {
    return { name, ok: true, status, ms, detail: tell(body) };
  } catch (error) {
    const detail = error instanceof Unfit ? error.message : 'the answer is not one of this version of the protocol';
    return { name, ok: false, status, ms, detail };
  }
}

function refusal(name: DoorCheck['name'], status: number): string {
  if (status === 401) return 'the Hub does not know this token: it must be one of its STK_BRIDGE_TOKENS';
  if (status !== 404) return `the Hub answered ${status}`;
  return name === 'reachable'
    ? 'there is no internal door here: has it a port of its own (STK_HUB_INTERNAL_PORT)?'
    : 'the Hub does not know this project and env';
}

function servable(body: unknown): string {
  const { targets } = data(internalTargetsSchema, body);
  return `valid; ${targets.length} ${targets.length === 1 ? 'env' : 'envs'} may be served`;
}

function releaseNeeds(body: unknown): string {
  const { releaseId, minimumBridgeVersion } = data(internalCurrentReleaseSchema, body);
  if (isOlderVersion(SANTOKIT_VERSION, minimumBridgeVersion))
    throw new Unfit(`needs a Bridge of version ${minimumBridgeVersion} or later; here is ${SANTOKIT_VERSION}`);
  return releaseId ?? 'nothing was released to this env yet';
}

async function payloadChecks(current: Probe, pull: (path: string) => Promise<Probe>): Promise<DoorCheck[]> {
  if (!current.answered) return [];
  const parsed = z.object({ data: internalCurrentReleaseSchema }).safeParse(current.body);
  const releaseId = parsed.data?.data.releaseId ?? null;
  if (releaseId === null) return [];
  return [checkOf('payload', await pull(`/releases/${encodeURIComponent(releaseId)}`), () => 'can be pulled')];
}

function clockCheck(health: Probe & { answered: true }): DoorCheck {
  const { status, headers, ms } = health;
  const theirs = Date.parse(headers.get('date') ?? '');
  const offsetMs = Number.isNaN(theirs) ? 0 : Math.round(theirs - Date.now());
  const ok = Math.abs(offsetMs) <= MOST_CLOCK_OFFSET_MS;
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const detail = ok ? 'agrees with this one' : `${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return { name: 'clock', ok, status, ms, detail };
}

function data<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  return schema.parse(z.object({ data: z.unknown() }).parse(body).data);
}
