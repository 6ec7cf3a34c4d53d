import type { Outbox } from '../../outbox/outbox.ts';
import { countFailure, listBreakers, resetBreaker, takeProbes } from './breakers.ts';
import { listDeadLetters, purgeDeadLetters, replayDeadLetters } from './dead-letters.ts';
import {
  buryDelivery,
  buryStranded,
  claimDeliveries,
  completeDeliveries,
  completeWithin,
  releaseDeliveries,
  renewDeliveries,
  retryDelivery,
} from './deliveries.ts';
import { createOutbox, hasOutbox } from './outbox-tables.ts';
import { keepsTraces } from './outbox-traces.ts';
import { outboxBacklog, outboxState, pruneOutbox } from './outbox-upkeep.ts';
import { relayOutbox } from './relay-outbox.ts';
import { listenToOutbox, writeOutbox } from './write-outbox.ts';

/** The outbox in PostgreSQL. */
export const postgresOutbox: Outbox = {
  create: createOutbox,
  exists: hasOutbox,
  keepsTraces,
  write: writeOutbox,
  listen: listenToOutbox,
  relay: relayOutbox,
  claim: claimDeliveries,
  renew: renewDeliveries,
  release: releaseDeliveries,
  complete: completeDeliveries,
  completeWithin,
  retry: retryDelivery,
  bury: buryDelivery,
  buryStranded,
  countFailure,
  breakers: listBreakers,
  probes: takeProbes,
  resetBreaker,
  prune: pruneOutbox,
  state: outboxState,
  backlog: outboxBacklog,
  deadLetters: listDeadLetters,
  replay: replayDeadLetters,
  purge: purgeDeadLetters,
};
