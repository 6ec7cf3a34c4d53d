/** When a cron is due: five fields in UTC, or a period that divides a day, counted from midnight UTC. */
export type CronTiming = { readonly schedule: string } | { readonly everySeconds: number };

/** One file of `cron/`. */
export type CompiledCron = CronTiming & {
  /** A name in `logics`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly enabled: boolean;
};

/** By name. */
export type CompiledCrons = Readonly<Record<string, CompiledCron>>;

/** `requested`: no Bridge has taken it yet; `skipped`: it was due while the one before still ran. */
export const CRON_RUN_STATUSES = ['requested', 'running', 'succeeded', 'failed', 'skipped'] as const;
export type CronRunStatus = (typeof CRON_RUN_STATUSES)[number];
