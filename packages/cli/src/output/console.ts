import type { Readable } from 'node:stream';
import { styleText } from 'node:util';

export interface Streams {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export type Style = Parameters<typeof styleText>[0];

/** The user's side of a command: where answers, notes and questions go. */
export interface Console extends Streams {
  /** Standard output carries one JSON document and nothing else. */
  readonly json: boolean;
  /** A person is there to answer questions. */
  readonly interactive: boolean;
  /** Writes lines for a person to standard error, so that standard output stays the answer's. */
  note(text: string): void;
  /** Colours a note where standard error is a terminal and `NO_COLOR` is not set. */
  style(style: Style, text: string): string;
  /** Colours an answer likewise, where standard output is a terminal. */
  styleAnswer(style: Style, text: string): string;
}

/** Wraps the process's streams for one command. */
export function createConsole(streams: Streams, json: boolean): Console {
  return {
    ...streams,
    json,
    interactive: !json && streams.stdin.isTTY === true && streams.stderr.isTTY === true,
    note: (text) => void streams.stderr.write(`${text}\n`),
    style: (style, text) => styleText(style, text, { stream: streams.stderr }),
    styleAnswer: (style, text) => styleText(style, text, { stream: streams.stdout }),
  };
}
