import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Agent, fetch as undiciFetch } from 'undici';
import { validateConfig } from '../../src/config/parse-config.ts';
import { fencedBlocks } from '../house/markdown.ts';
import { TestAuthority } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway } from '../world/tls-gateway.ts';

/** Certificates as identities: named by templates, bounded by roles, people and rules, for real clients (R20, R21, experience of persona (e)). */

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let gateway: TlsGateway;
before(async () => {
  gateway = stack.use(await TlsGateway.start({
    accept: ['mtls', 'api-key'],
    tls: { ca: ['clients.crt', 'pasted/ca.crt'], observe: true },
    files: { 'pasted/ca.crt': '' },
    prepare: async (folder) => {
      // The commands of the page, as somebody pastes them (R21), but for a size of key that takes no minute to find.
      const [recipe = ''] = fencedBlocks(readFileSync(join(import.meta.dirname, '../../docs/mtls.md'), 'utf8')).filter(({ language, text }) => language === 'sh' && text.includes('-CAcreateserial')).map(({ text }) => text);
      const lines = recipe.split('\n').filter((line) => line.startsWith('openssl'));
      assert.equal(lines.length, 3);
      await run('bash', ['-ec', lines.join('\n')], { cwd: join(folder, 'pasted') });
    },
    more: {
      roles: { reader: ['crm:get_*'], workload: ['crm:list_*'], finance: ['crm:*'] },
      certificates: {
        identities: [{ uri: 'spiffe://acme/ns/{ns}/sa/{sa}', as: 'service:{ns}/{sa}', roles: ['workload'] }, { dns: '{host}.agents.acme.com', as: 'agent:{host}' }, { cn: '{name}' }],
        roles: { Finance: ['finance'] },
      },
      people: { 'my-mcp-client': { roles: ['reader'] }, 'agent:build-07': { roles: ['reader'], groups: ['Builds'] }, gone: { disabled: true }, bounded: { permissions: ['crm:get_*'] } },
      rules: [
        { name: 'the bot reads', effect: 'allow', who: { certificate: 'service:trading/bot' }, what: { tool: 'get_customer' } },
        { name: 'not by MyOrg at all', effect: 'deny', what: { tool: 'list_customers' }, when: { expr: '"MyOrg" in principal.claims.o' } },
      ],
    },
  }));
});
after(() => stack.disposeAsync());

const call = async (tool: string, subject: Parameters<TlsGateway['clients']['issue']>[0]): Promise<number> => (await gateway.call(tool, { as: gateway.clients.issue(subject) })).status;

suite('Whoever shows a certificate and nothing else', () => {
  const bot = { subject: [], names: [['uri', 'spiffe://acme/ns/trading/sa/bot']] } as const;

  test('is called as the template says, and may do what its roles and rules say', async () => {
    const { json } = await gateway.ask('/mcp/status', { as: gateway.clients.issue(bot) });
    assert.deepEqual([json['client'], json['via'], json['roles']], ['service:trading/bot', 'mtls', ['workload']]);
    assert.deepEqual([await call('get_customer', bot), await call('list_customers', bot), await call('delete_customer', bot)], [200, 200, 403]);
    const record = await gateway.record('its call', ({ who, call: what }) => who === 'service:trading/bot' && what === 'tools/call');
    assert.deepEqual([record.method, record.via, record.certificate?.subject], ['mtls', 'certificate', '']);
  });

  test('has the roles of its unit and of people, within what people allows, and its unit as its group', async () => {
    const finance = { subject: [['CN', 'ledger'], ['OU', 'Finance']] } as const;
    assert.equal(await call('delete_customer', finance), 200);
    assert.equal((await gateway.record('the ledger', ({ who }) => who === 'ledger')).group, 'Finance');
    assert.deepEqual([await call('get_customer', { subject: [['CN', 'bounded'], ['OU', 'Finance']] }), await call('delete_customer', { subject: [['CN', 'bounded'], ['OU', 'Finance']] })], [200, 403]);
    assert.equal(await call('get_customer', { subject: [['CN', 'agent']], names: [['dns', 'build-07.agents.acme.com']] }), 401, 'two entries fit');
    assert.equal(await call('get_customer', { subject: [], names: [['dns', 'build-07.agents.acme.com']] }), 200);
  });

  test('is refused when it is disabled, or named by nothing, and so are two that would be one', async () => {
    assert.deepEqual([await call('get_customer', { subject: [['CN', 'gone']] }), await call('get_customer', { subject: [['O', 'MyOrg']] }), await call('get_customer', { subject: [], names: [['dns', 'a.agents.acme.com'], ['dns', 'b.agents.acme.com']] })], [401, 401, 401]);
  });

  test('has rules applied to its fields', async () => {
    assert.equal(await call('list_customers', { ...bot, subject: [['O', 'MyOrg']] }), 403);
    assert.equal(await call('list_customers', { ...bot, subject: [['O', 'Other']] }), 200);
  });

  test('is refused with a key beside it, while a key alone goes on working here', async () => {
    const both = await gateway.call('get_customer', { as: gateway.clients.issue(bot), headers: { 'x-api-key': TLS_KEY } });
    assert.deepEqual([both.status, both.json['code']], [400, 'credential.multiple']);
    assert.equal((await gateway.call('get_customer', { headers: { 'x-api-key': TLS_KEY } })).status, 200);
    assert.equal((await gateway.call('get_customer')).status, 401);
  });
});

suite('The openssl recipe as pasted (R21)', () => {
  test('gives a certificate with which curl is my-mcp-client', async () => {
    const file = (name: string): string => gateway.path(`pasted/${name}`);
    writeFileSync(gateway.path('servers.crt'), gateway.servers.cert);
    const { stdout } = await run('curl', ['-sS', '--cacert', gateway.path('servers.crt'), '--cert', file('client.crt'), '--key', file('client.key'), `${gateway.origin}/mcp/status`]);
    const status: { client?: string; via?: string; roles?: readonly string[] } = JSON.parse(stdout);
    assert.deepEqual([status.client, status.via, status.roles], ['my-mcp-client', 'mtls', ['reader']]);
    await assert.rejects(run('curl', ['-sS', '--fail', '--cacert', gateway.path('servers.crt'), `${gateway.origin}/mcp/status`]), /401/);
  });

  test('lets a client of the SDK call tools over mutual TLS, and none without its certificate', async () => {
    const read = (name: string): string => readFileSync(gateway.path(`pasted/${name}`), 'utf8');
    const connectAs = async (shown: { readonly cert?: string; readonly key?: string }) => {
      const dispatcher = new Agent({ connect: { ca: gateway.servers.cert, ...shown } });
      const transport = new StreamableHTTPClientTransport(new URL(`${gateway.origin}/mcp`), { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher } as Parameters<typeof undiciFetch>[1]) as unknown as Promise<Response> }); // undici's own types of the same things
      const client = new Client({ name: 'agent', version: '1' });
      return { client, connected: client.connect(transport), close: () => client.close().then(() => dispatcher.close()) };
    };
    const agent = await connectAs({ cert: read('client.crt'), key: read('client.key') });
    await agent.connected;
    const { tools } = await agent.client.listTools();
    assert.deepEqual(tools.every(({ name }) => name.startsWith('get_')), true);
    const result = await agent.client.callTool({ name: 'get_customer', arguments: { id: 'cust_001' } });
    assert.notEqual(result.isError, true);
    await agent.close();
    const stranger = await connectAs({});
    await assert.rejects(stranger.connected);
    await stranger.close();
  });
});

suite('Where the server says that a key counts beside a certificate', () => {
  test('the key says who calls, and the record has both', async () => {
    await using beside = await TlsGateway.start({ accept: ['mtls', 'api-key'], tls: { ca: 'clients.crt' }, crm: { besideCertificate: true } });
    const as = beside.clients.issue();
    assert.equal((await beside.call('get_customer', { as, headers: { 'x-api-key': TLS_KEY } })).status, 200);
    const record = await beside.record('the call', ({ who }) => who === 'bob');
    assert.equal(record.certificate?.fingerprint, as.fingerprint);
    assert.equal((await beside.call('get_customer', { as, headers: { 'x-api-key': 'sk_wrong' } })).status, 401);
  });
});

suite('Where two authorities are trusted', () => {
  test('each names only those that it may name: no other can make itself a workload (X03)', async () => {
    const [mesh, people] = [TestAuthority.root('Mesh'), TestAuthority.root('People')];
    const middle = mesh.under('Mesh Issuing');
    await using both = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: ['mesh.crt', 'people.crt'], rejectUnauthorized: false },
      more: { roles: { all: ['crm:*'] }, certificates: { everyone: ['all'], identities: [{ uri: 'spiffe://acme/{name}', as: 'service:{name}', ca: 'mesh.crt' }, { cn: '{name}', ca: ['people.crt'] }] } },
      prepare: async (_folder, write) => {
        write('mesh.crt', mesh.cert + middle.cert);
        write('people.crt', people.cert);
      },
    });
    const named = async (as: { readonly cert: string; readonly key: string }) => {
      const { status, json } = await both.ask('/mcp/status', { as });
      return status === 200 ? json['client'] : status;
    };
    const workload = { subject: [], names: [['uri', 'spiffe://acme/bot']] } as const;
    const below = middle.issue(workload);
    assert.deepEqual([await named(mesh.issue(workload)), await named({ cert: below.cert + middle.cert, key: below.key }), await named(people.issue({ subject: [['CN', 'alice']] }))], ['service:bot', 'service:bot', 'alice']);
    assert.deepEqual([await named(people.issue(workload)), await named(mesh.issue({ subject: [['CN', 'alice']] }))], [401, 401]);
    // One that could be named by both is named by its own authority's entry alone.
    assert.equal(await named(people.issue({ subject: [['CN', 'alice']], names: workload.names })), 'alice');
  });
});

suite('Where servers name their own issuers', () => {
  test('a certificate of partner A opens server A, one of partner B opens B, and neither the other, with a key or without', async () => {
    const [a, b] = [TestAuthority.root('Partner A'), TestAuthority.root('Partner B')];
    const below = a.under('Partner A Issuing');
    await using both = await TlsGateway.start({
      accept: ['mtls', 'api-key'], tls: { ca: ['a.crt', 'b.crt'], rejectUnauthorized: false }, crm: { clientCa: 'a.crt', besideCertificate: true },
      more: { roles: { all: ['*'] }, certificates: { everyone: ['all'] } },
      prepare: async (_folder, write) => {
        write('a.crt', a.cert + below.cert);
        write('b.crt', b.cert);
      },
      servers: { other: { url: 'http://127.0.0.1:1/mcp', clientCa: ['b.crt'] }, open: { url: 'http://127.0.0.1:1/mcp' } },
    });
    const leaf = below.issue({ subject: [['CN', 'a']] });
    const [asA, asBelow, asB] = [a.issue({ subject: [['CN', 'a']] }), { cert: leaf.cert + below.cert, key: leaf.key }, b.issue({ subject: [['CN', 'b']] })];
    const opens = async (as: { readonly cert: string; readonly key: string }, headers: Readonly<Record<string, string>> = {}) => Promise.all(['crm', 'other', 'open'].map(async (server) => (await both.ask(`/${server}/mcp/status`, { as, headers })).status));
    assert.deepEqual([await opens(asA), await opens(asBelow), await opens(asB)], [[200, 401, 200], [200, 401, 200], [401, 200, 200]]);
    assert.equal((await opens(asB, { 'x-api-key': TLS_KEY }))[0], 401);
    const record = await both.record('the refusal', ({ code, server }) => code === 'certificate.invalid' && server === 'other');
    assert.match(String(record.certificate?.flaw), /not one of those whose certificates are good at other/);
  });

  test('what is named wrongly is said at the start', async () => {
    const refused = (crm: object, tls: object | undefined): string => {
      try {
        validateConfig({ listen: tls === undefined ? {} : { tls }, servers: { crm: { url: 'http://127.0.0.1:1/mcp', ...crm } } }, 'test');
        return '';
      } catch (error) {
        return String(error);
      }
    };
    const tls = { cert: 's.crt', key: 's.key', ca: 'a.crt' };
    assert.equal(refused({ clientCa: 'a.crt' }, tls), '');
    for (const [crm, listener, says] of [[{ clientCa: 'a.crt' }, undefined, /servers\.crm\.clientCa: is given, and no client is asked/], [{ clientCa: [] }, tls, /clientCa/], [{ clientCA: 'a.crt' }, tls, /did you mean clientCa/]] as const) assert.match(refused(crm, listener), says);
    await using stranger = await TlsGateway.start({ accept: ['mtls'], tls: { ca: 'clients.crt' }, crm: { clientCa: 'x.crt' }, files: { 'x.crt': TestAuthority.root('X').cert } });
    assert.match(stranger.process.stderr(), /x\.crt holds no issuer that is under tls\.ca/);
  });
});
