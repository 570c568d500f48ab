import Fastify from 'fastify';
import proxy from '@fastify/http-proxy';

/** `@fastify/http-proxy`, bare, in front of the URL that is its one argument. */
const app = Fastify({ logger: false });
await app.register(proxy, { upstream: process.argv[2] });
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: app.server.address().port }));
