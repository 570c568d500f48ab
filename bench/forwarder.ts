import { createServer } from 'node:http';
import { Pool } from 'undici';

/** The bare undici forwarder: node:http in front, dispatch behind, nothing in between. The yardstick of every ratio. */

const [upstream = '', port = '0'] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: 64, pipelining: 1 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    pool.dispatch(
      { path: request.url ?? '/', method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: Buffer.concat(chunks) },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, headers) {
          response.writeHead(status, { 'Content-Type': String(headers['content-type']), 'Content-Length': String(headers['content-length']) });
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
