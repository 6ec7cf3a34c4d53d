import { cronExplanationSchema, cronListSchema } from '@santokit/contract';
import { cronWords, nextDues } from '@santokit/project';
import { route } from '../http/route.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { cronAnswer, cronNamed } from './cron-answer.ts';

const EXPLAINED_TIMES = 5;

export const listCronsRoute = route({
  name: 'cronList',
  summary: 'The crons of the current release, by name, and when each is due next',
  least: 'viewer',
  answer: cronListSchema,
  async handle({ deps, env }) {
    const { crons = {} } = await currentRelease({ deps, env });
    const nowMs = deps.clock().getTime();
    const items = Object.entries(crons).map(([name, cron]) => cronAnswer(name, cron, nowMs));
    return { items: items.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  },
});

export const explainCronRoute = route({
  name: 'cronExplain',
  summary: 'When a cron is due: in words, and the next five times',
  least: 'viewer',
  answer: cronExplanationSchema,
  async handle({ deps, env, params }) {
    const name = params.name;
    const cron = cronNamed(await currentRelease({ deps, env }), name);
    const nowMs = deps.clock().getTime();
    const next = nextDues(cron, nowMs, EXPLAINED_TIMES).map((due) => new Date(due).toISOString());
    return { ...cronAnswer(name, cron, nowMs), words: cronWords(cron), next };
  },
});
