import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway } from '../world/authority-gateway.ts';
import { LoginProvider } from '../world/login-provider.ts';
import { main } from '../world/oauth-gateway.ts';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';

/** What a client would trip over first, and who has to mend it (issue 5; RFC 9728, RFC 8414, RFC 7591). */

interface Said {
  readonly code: number | null;
  readonly passed: readonly string[];
  readonly fault?: { readonly what: string; readonly clause: string; readonly who: string };
}

const doctor = async (url: string, ...more: readonly string[]): Promise<Said> => {
  await using process_ = startProcess([process.execPath, main, 'doctor', url, '--json', ...more], { env: {} });
  const { code } = await process_.exited;
  const text = process_.stdout().trim();
  return { code, ...(text === '' ? { passed: [] } : (JSON.parse(text) as Omit<Said, 'code'>)) }; // what the command prints
};

/** What a server answers by path; a path that is not there is a 404. */
type Answers = Readonly<Record<string, { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: JsonObject | string }>>;

/** Asks the doctor about a server that answers as it should but for what is changed. */
const about = async (change: (origin: string) => Answers): Promise<Said> => {
  let answers: Answers = {};
  const server = createServer((request, response) => {
    const { status = 200, headers = {}, body = {} } = answers[request.url ?? ''] ?? { status: 404 };
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const origin = `http://127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
  answers = { ...goodOf(origin), ...change(origin) };
  try {
    return await doctor(`${origin}/mcp`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const metadataOf = (origin: string): JsonObject => ({ issuer: origin, authorization_endpoint: `${origin}/a`, token_endpoint: `${origin}/t`, registration_endpoint: `${origin}/r`, code_challenge_methods_supported: ['S256'] });
const goodOf = (origin: string): Answers => ({
  '/mcp': { status: 401, headers: { 'www-authenticate': `Bearer resource_metadata="${origin}/resource"` } },
  '/resource': { body: { resource: `${origin}/mcp`, authorization_servers: [origin] } },
  '/.well-known/openid-configuration': { body: metadataOf(origin) },
});

suite('sallyport doctor', () => {
  test('finds nothing wrong with a gateway that is an authorization server, and says how clients make themselves known', async () => {
    await using gateway = await AuthorityGateway.start();
    const said = await doctor(gateway.resource);
    assert.deepEqual([said.code, said.fault, said.passed.length], [0, undefined, 4]);
    assert.match(said.passed.at(-1) ?? '', /document of their own or by registering/);
  });

  test('asks an authorization server in a private network where the configuration of the gateway names it, and not otherwise', async () => {
    await using idp = await LoginProvider.start();
    await using gateway = await AuthorityGateway.start({ authority: { enabled: false }, issuers: { corp: { issuer: idp.issuer } }, fetch: { allow: [new URL(idp.issuer).host] } });
    const [without, with_] = [await doctor(gateway.resource), await doctor(gateway.resource, '-c', gateway.configFile)];
    assert.deepEqual([without.code, without.passed.length, without.fault?.clause], [7, 2, 'RFC 9728 §7.7']);
    assert.match(without.fault?.who ?? '', /with -c/);
    assert.deepEqual([with_.code, with_.fault, with_.passed.length], [0, undefined, 4]);
    assert.equal((await doctor(gateway.resource, '-c', '/nowhere/sallyport.yaml')).code, 6);
  });

  test('finds nothing wrong where the metadata is in the place of OpenID alone', async () => {
    assert.equal((await about(() => ({}))).code, 0);
  });

  const wrong: readonly (readonly [what: string, change: (origin: string) => Answers, passed: number, clause: RegExp, who: RegExp])[] = [
    ['lets everybody in', () => ({ '/mcp': {} }), 0, /9728 §5\.1/, /MCP server/],
    ['refuses without a word', () => ({ '/mcp': { status: 401 } }), 0, /9728 §5\.1/, /MCP server/],
    ['has metadata about another resource', (origin) => ({ '/resource': { body: { resource: `${origin}/other`, authorization_servers: [origin] } } }), 1, /9728 §3\.3/, /MCP server/],
    ['redirects its metadata', (origin) => ({ '/resource': { status: 302, headers: { location: `${origin}/x` } } }), 1, /9728 §3\.3/, /MCP server/],
    ['has a page for metadata', () => ({ '/resource': { headers: { 'content-type': 'text/html' }, body: '<p>' } }), 1, /9728 §3\.3/, /MCP server/],
    ['has a list for metadata', () => ({ '/resource': { body: '[]' } }), 1, /9728 §3\.3/, /MCP server/],
    ['names no authorization server', (origin) => ({ '/resource': { body: { resource: `${origin}/mcp` } } }), 1, /9728 §2/, /MCP server/],
    ['names an authorization server in a private network', (origin) => ({ '/resource': { body: { resource: `${origin}/mcp`, authorization_servers: ['https://10.0.0.1'] } } }), 2, /9728 §7\.7/, /nobody/],
    ['has an authorization server without metadata', () => ({ '/.well-known/openid-configuration': { status: 404 } }), 2, /8414 §3/, /authorization server/],
    ['has metadata of another issuer', (origin) => ({ '/.well-known/openid-configuration': { body: { ...metadataOf(origin), issuer: 'https://other.example' } } }), 2, /8414 §3\.3/, /authorization server/],
    ['has no token endpoint', (origin) => ({ '/.well-known/openid-configuration': { body: { ...metadataOf(origin), token_endpoint: null } } }), 2, /8414 §2/, /authorization server/],
    ['has no PKCE', (origin) => ({ '/.well-known/openid-configuration': { body: { ...metadataOf(origin), code_challenge_methods_supported: ['plain'] } } }), 2, /7636/, /authorization server/],
    ['lets nobody register', (origin) => ({ '/.well-known/openid-configuration': { body: { ...metadataOf(origin), registration_endpoint: null } } }), 3, /7591/, /authorization server/],
  ];
  for (const [what, change, passed, clause, who] of wrong) {
    test(`says of a server that ${what} where that is written, and who mends it`, async () => {
      const said = await about(change);
      assert.deepEqual([said.code, said.passed.length], [7, passed], JSON.stringify(said));
      assert.match(said.fault?.clause ?? '', clause);
      assert.match(said.fault?.who ?? '', who);
    });
  }

  test('says that nobody answers, and takes no URL with a credential or in the clear (exit codes 4 and 2)', async () => {
    assert.equal((await doctor(`http://127.0.0.1:${String(await freePort())}/mcp`)).code, 4);
    for (const url of ['not a url', 'http://mcp.example.com/mcp', 'https://user:word@mcp.example.com/mcp', 'ftp://mcp.example.com']) assert.equal((await doctor(url)).code, 2, url); // sallyport-scan: allow, it opens nothing
  });
});
