import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Hangup } from '../../src/model/hangup.ts';
import type { Outbound } from '../../src/ports/upstream.ts';
import { buildHttpUpstream } from '../../src/stages/forward/http/http-upstream.ts';
import { startGateway } from '../world/gateway-process.ts';
import { MovedClock } from '../world/moved-clock.ts';

/** A server behind TLS: the gateway proves whom it talks to before it sends a byte of a call (RFC 9110 §4.3.4). */

const tls = (name: string): string => join(import.meta.dirname, '../fixtures/tls', name);

const META = { 'io.modelcontextprotocol/serverInfo': { name: 'secure', version: '1.0.0' } };

/** What a small server of MCP 2026-07-28 says to a message. */
const resultOf = (method: string): object => {
  if (method === 'server/discover') return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private', _meta: META };
  if (method === 'tools/list') return { resultType: 'complete', tools: [{ name: 'any', inputSchema: { type: 'object' } }], ttlMs: 0, cacheScope: 'private', _meta: META };
  return { resultType: 'complete', content: [{ type: 'text', text: 'over TLS' }] };
};

const answerTo = (text: string): string => {
  const { id, method } = JSON.parse(text) as { readonly id: number; readonly method: string }; // sent by the gateway
  return JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method) });
};

/** An MCP server over TLS that counts what it hears. */
class SecureUpstream {
  heard = 0;
  readonly #server: Server;

  constructor(name: string) {
    this.#server = createServer({ key: readFileSync(tls(`${name}.key`)), cert: readFileSync(tls(`${name}.crt`)) }, (request, response) => {
      this.heard += 1;
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end(answerTo(Buffer.concat(pieces).toString())));
    });
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return (this.#server.address() as AddressInfo).port; // listening on TCP
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }
}

const META_OF_CALL = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

const callThrough = async (upstream: string, env: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly text: string }> => {
  await using gateway = await startGateway({ upstream, env });
  const headers = { 'x-api-key': gateway.key, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'any' };
  const answer = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'any', arguments: {}, _meta: META_OF_CALL } }) });
  return { status: answer.status, text: await answer.text() };
};

const anOutbound = (): Outbound => {
  const hangup = new Hangup();
  return { requestId: 'req_1', principalKey: 'key_1', httpMethod: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from('{}'), call: { kind: 'stream', era: 'legacy' }, sessionId: undefined, timeoutMs: 5_000, hangup, signal: hangup.signal };
};

suite('An upstream behind TLS', () => {
  const trusted = new SecureUpstream('server');
  const foreign = new SecureUpstream('other');
  let port = 0;
  let foreignPort = 0;
  before(async () => {
    port = await trusted.listen();
    foreignPort = await foreign.listen();
  });
  after(() => Promise.all([trusted.close(), foreign.close()]));

  for (const host of ['localhost', '127.0.0.1']) {
    test(`is called when its certificate names ${host} and its issuer is trusted`, async () => {
      const { status, text } = await callThrough(`https://${host}:${String(port)}/mcp`, { NODE_EXTRA_CA_CERTS: tls('server.crt') });
      assert.equal(status, 200);
      assert.match(text, /over TLS/);
    });
  }

  test('hears nothing when nobody trusts its issuer, and the terminal names the cure', async () => {
    const heard = trusted.heard;
    await assert.rejects(callThrough(`https://localhost:${String(port)}/mcp`, {}), /certificate is not trusted[^]*NODE_EXTRA_CA_CERTS/);
    assert.equal(trusted.heard, heard);
  });

  test('hears nothing of a call either, whatever was found at start', async () => {
    const heard = trusted.heard;
    const upstream = buildHttpUpstream({ url: new URL(`https://localhost:${String(port)}/mcp`), headers: {}, maxAnswerBytes: 1_000, connectTimeoutMs: 5_000 }, { clock: new MovedClock() });
    await assert.rejects(upstream.send(anOutbound()), { code: 'upstream.untrusted' });
    assert.deepEqual(upstream.health(), { kind: 'down', reason: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)' });
    assert.equal(trusted.heard, heard);
    await upstream.close();
  });

  test('hears nothing when its certificate names another host', async () => {
    await assert.rejects(callThrough(`https://localhost:${String(foreignPort)}/mcp`, { NODE_EXTRA_CA_CERTS: tls('other.crt') }), /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.equal(foreign.heard, 0);
  });
});
