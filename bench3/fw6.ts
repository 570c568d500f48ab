import { createServer } from 'node:http';
import { buildHttpUpstream } from '../src/stages/forward/http/http-upstream.ts';
import { realWorld } from '../src/adapters/world/world.ts';
import { Hangup } from '../src/model/hangup.ts';
const [upstream = '', port = '0'] = process.argv.slice(2);
const up = buildHttpUpstream({ url: new URL(upstream + '/mcp'), headers: {}, maxAnswerBytes: 1e7, connectTimeoutMs: 5000 }, realWorld({} as never));
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const hangup = new Hangup();
    const r = await up.send({ httpMethod: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: Buffer.concat(chunks), timeoutMs: 300000, hangup } as never);
    if (r.kind === 'whole') { response.writeHead(r.status, { ...r.headers, 'Content-Length': String(r.body.length) }); response.end((r.body as Buffer).toString('latin1'), 'latin1'); }
  });
});
server.listen(Number(port), '127.0.0.1');
