import { type IncomingMessage, ServerResponse } from 'node:http';
import { StkError } from '@santokit/contract';
import { sendError } from './send.ts';

/** Answers `CONNECT`, for which Node makes no response and would close the connection without a word, and ends the connection. */
export function refuseTunnel(request: IncomingMessage, requestId: string): void {
  const { socket } = request;
  // The connection is no longer the server's, which took its own listeners with it.
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  try {
    response.assignSocket(socket);
  } catch {
    // A request before it is still being answered; whoever asks for a tunnel meanwhile has broken that off.
    socket.destroy();
    return;
  }
  response.on('finish', () => socket.destroySoon());
  response.setHeader('allow', 'POST');
  sendError(response, new StkError('NOT_FOUND', 'Calls are made with POST'), { requestId });
}
