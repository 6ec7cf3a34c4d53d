import type { TargetName } from '../hub/hub-client.ts';

/** What the caller says about where to go; it never overrides a credential. */
export type Hint = Partial<TargetName>;
