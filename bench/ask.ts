import { connect } from 'node:net';

const PATIENCE_MS = 10_000;

/** Sends a request by itself. @returns the beginning of the answer, or why there is none */
export const ask = (port: number, request: Buffer): Promise<string> =>
  new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    const done = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => done('not at all'));
    socket.once('data', (chunk: Buffer) => done(chunk.toString('latin1')));
    socket.once('error', (error) => done(error.message));
    socket.once('close', () => done('by closing the connection'));
  });
