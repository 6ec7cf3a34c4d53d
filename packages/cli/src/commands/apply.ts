import { APPLY_PARTS, type ApplyAnswer, applyAnswerSchema, planSchema } from '@santokit/contract';
import { CliFailure, toCliFailure, usageFailure } from '../cli-failure.ts';
import { requireProjectFolder } from '../context/project-folder.ts';
import { type EnvSession, openEnv } from '../hub/session.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { impactText } from '../output/impact-text.ts';
import { noteWarnings } from '../output/note-warnings.ts';
import { planSummary, planText } from '../output/plan-text.ts';
import { withProgress } from '../output/progress.ts';
import { confirm } from '../output/prompt.ts';
import { gitRef } from '../project-folder/git-ref.ts';
import { readProject } from '../project-folder/read-project.ts';
import { collectList } from './thing.ts';

type Part = (typeof APPLY_PARTS)[number];

interface ApplyOptions {
  readonly ref?: string;
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly plan?: string;
  readonly checkBridgeVersions?: boolean;
}

/** What is sent, but for the confirmation. */
interface ApplyBody {
  readonly files: readonly { path: string; content: string }[];
  readonly ref: string;
  readonly only?: readonly Part[];
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly planHash?: string;
  readonly checkBridgeVersions?: true;
}

export const defineApply: Define = (command, run) => {
  command
    .option('--ref <ref>', "what the release is called (default: git's HEAD, else local)")
    .option('--only <parts>', `only these parts, separated by commas: ${APPLY_PARTS.join(', ')}`, collectList)
    .option('--dry-run', 'show the plan and what the rules would open or close, change nothing')
    .option('--force', 'also what destroys data or breaks Bridges')
    .option('--plan <hash>', 'execute exactly this plan, as shown by stk schema plan, or nothing')
    .option('--check-bridge-versions', 'refuse what a live Bridge is too old for, also with --force and --dry-run')
    .action(run(apply));
};

async function apply(invocation: Invocation, options: ApplyOptions): Promise<Answer> {
  refuseEmpty(options);
  const session = openEnv(invocation);
  const folder = requireProjectFolder(invocation);
  const only = options.only === undefined ? undefined : parseParts(options.only);
  const { files, notes } = readProject(folder);
  for (const note of notes) invocation.console.note(note);
  const body: ApplyBody = {
    files,
    ref: options.ref ?? (await gitRef(folder)),
    ...(only === undefined ? {} : { only }),
    dryRun: options.dryRun === true,
    force: options.force === true,
    ...(options.plan === undefined ? {} : { planHash: options.plan }),
    ...(options.checkBridgeVersions === true ? { checkBridgeVersions: true } : {}),
  };
  return applyAnswer(invocation, await applyConfirmed(invocation, session, body));
}

/** Sends the apply; when it is refused for destroying data, shows the plan, asks, and sends exactly that plan with force. */
async function applyConfirmed(invocation: Invocation, session: EnvSession, body: ApplyBody): Promise<ApplyAnswer> {
  try {
    return await send(invocation, session, body);
  } catch (thrown) {
    const failure = toCliFailure(thrown);
    const { console, flags } = invocation;
    if (failure.code !== 'DESTRUCTIVE_CHANGE' || body.force || (!console.interactive && flags.yes !== true))
      throw failure;
    const { plan, planHash } = await session.hub.call('schemaPlan', planSchema, {
      at: session.at,
      body: { files: body.files },
    });
    console.note(planText(console.style, plan));
    if (flags.yes !== true && !(await confirm(console, `Apply these ${planSummary(plan)}?`))) throw declined(failure);
    // What was confirmed is the plan, not that Bridges are left behind. A plan that was named stays the one that is meant.
    const confirmed = { ...body, force: true, checkBridgeVersions: true, planHash: body.planHash ?? planHash } as const;
    return send(invocation, session, confirmed);
  }
}

function send({ console }: Invocation, { hub, at }: EnvSession, body: ApplyBody): Promise<ApplyAnswer> {
  return withProgress(console, 'Applying', () => hub.call('apply', applyAnswerSchema, { at, body }));
}

function declined(failure: CliFailure): CliFailure {
  return new CliFailure(failure.code, 'Not confirmed: nothing was changed');
}

function applyAnswer({ console }: Invocation, answer: ApplyAnswer): Answer {
  noteWarnings(console, answer.warnings);
  const { plan, impact } = answer;
  const lines = [
    ...(plan.length === 0 ? [] : [planText(console.styleAnswer, plan)]),
    ...(impact === undefined ? [] : [impactText(console.styleAnswer, impact)]),
    outcome(answer),
  ];
  return { document: answer, text: lines.join('\n') };
}

function outcome({ releaseId, reused, ref, steps, planHash }: ApplyAnswer): string {
  const ms = Math.round(steps.reduce((sum, step) => sum + step.ms, 0));
  if (releaseId === null) return `Done in ${ms} ms, no release made; plan ${planHash}`;
  return `Release ${releaseId} (${ref}) is current${reused ? ', as it was made before' : ''}; ${ms} ms`;
}

/** An empty variable in a script must not turn into another apply than the one that was meant. */
function refuseEmpty({ ref, plan, only }: ApplyOptions): void {
  if (ref === '') throw usageFailure('--ref is empty: give it a value, or leave it out');
  if (plan === '') throw usageFailure('--plan is empty: give it the hash that stk schema plan shows');
  if (only?.length === 0) throw usageFailure(`--only takes ${APPLY_PARTS.join(', ')}, separated by commas`);
}

function parseParts(parts: readonly string[]): Part[] {
  return parts.map((part) => {
    const known = APPLY_PARTS.find((name) => name === part);
    if (known === undefined) throw usageFailure(`--only takes ${APPLY_PARTS.join(', ')}, not ${JSON.stringify(part)}`);
    return known;
  });
}
