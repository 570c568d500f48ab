import { createServer, type IncomingMessage } from 'node:http';
import { Pool } from 'undici';

/**
 * The bare undici forwarder: node:http in front, dispatch behind, the headers of both sides carried over, nothing in between. The
 * yardstick of every ratio.
 */

const [upstream = '', port = '0'] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: 64, pipelining: 1 });

/** RFC 9110 §7.6.1: what belongs to one connection is not forwarded; length and host are the client's to write. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'content-length']);

const forwarded = ({ headers }: IncomingMessage): Record<string, string | string[] | undefined> => {
  const kept: Record<string, string | string[] | undefined> = {};
  for (const name in headers) if (!HOP_BY_HOP.has(name)) kept[name] = headers[name];
  return kept;
};

const returned = (headers: Record<string, string | string[] | undefined>): Record<string, string | string[] | undefined> => {
  const kept: Record<string, string | string[] | undefined> = {};
  for (const name in headers) if (name === 'content-length' || !HOP_BY_HOP.has(name)) kept[name] = headers[name];
  return kept;
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    pool.dispatch(
      { path: request.url ?? '/', method: 'POST', headers: forwarded(request), body: Buffer.concat(chunks) },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, headers) {
          response.writeHead(status, returned(headers));
        },
        onResponseData: (_controller, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
});

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }));
});
