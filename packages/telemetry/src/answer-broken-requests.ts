import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** For how long what a client still sends is read and thrown away. */
const LINGER_MS = 1_000;

const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Answers what is no HTTP, or too much of it, as Node does by itself, and then reads on for a moment: a socket that is closed while bytes of the
 * client wait is reset, and the client never sees the answer (RFC 9112, section 9.6).
 */
export function answerBrokenRequests(server: EventEmitter): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // What comes after it is no HTTP either.
    if (socket.writableEnded) return;
    if (!socket.writable || hasBegunToAnswer(socket)) {
      socket.destroy(error);
      return;
    }
    socket.end(`HTTP/1.1 ${ANSWERS[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
    linger(socket);
  });
}

function linger(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}

/** Node keeps the answer that a socket is busy with here, and looks at it for the same reason. */
function hasBegunToAnswer(socket: Duplex & { readonly _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}
