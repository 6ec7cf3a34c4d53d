import type { DeleteObjectCommand } from '@aws-sdk/client-s3';

/** Has a command say that it is part of a trace. The header is not signed: what stands between may put its own part of the trace there. */
export function partOfTrace<C extends { readonly middlewareStack: object }>(
  command: C,
  traceparent: string | undefined,
): C {
  if (traceparent === undefined) return command;
  // Those of all commands are alike but for what the commands take and give, which this does not look at.
  const stack = command.middlewareStack as DeleteObjectCommand['middlewareStack'];
  stack.add(
    (next) => (args) => {
      const request = args.request as { readonly headers: Record<string, string> };
      request.headers.traceparent = traceparent;
      return next(args);
    },
    // The last step before it is sent: it is signed by then.
    { step: 'deserialize', priority: 'low', name: 'partOfTrace' },
  );
  return command;
}
