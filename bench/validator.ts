import { hash } from 'node:crypto';
import { createServer } from 'node:http';

/** What nginx asks before each call (auth_request): whether the SHA-256 of the key is one that is known. Its one argument is the key. */
const known = new Map([[hash('sha256', process.argv[2] ?? ''), 'bench']]);

const server = createServer((request, response) => {
  const key = request.headers['x-api-key'];
  response.writeHead(typeof key === 'string' && known.has(hash('sha256', key)) ? 204 : 401).end();
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }));
});
