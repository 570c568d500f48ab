import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { FetchError, type FetchedAnswer, type OutgoingRequest } from '../../ports/network.ts';
import { buildGuardedNetwork, type GuardedNetworkNeeds } from './guarded-network.ts';

const tls = (name: string): string => readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), 'utf8');

/** A server that counts the connections it is offered: a refused request must not even cost one (S04). */
const canary = async (listener: RequestListener, host = '127.0.0.1', secure = false) => {
  const server: Server = secure ? createTlsServer({ key: tls('server.key'), cert: tls('server.crt') }, listener) : createServer(listener);
  const seen = { connects: 0 };
  server.on('connection', () => (seen.connects += 1));
  await once(server.listen(0, host), 'listening');
  after(() => server.close().closeAllConnections());
  return { seen, port: (server.address() as AddressInfo).port };
};

const JSON_TYPE = { 'content-type': 'application/json' };
const saying = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, status = 200): RequestListener => (_, response) => void response.writeHead(status, headers).end(body);

const ask = (url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({ url, method: 'GET', accept: ['application/json'], maxBytes: 1_000, timeoutMs: 5_000, ...more });
const network = (allow: readonly string[], needs: Partial<GuardedNetworkNeeds> = {}) => buildGuardedNetwork({ allow }, { clock: new MovedClock(), ...needs });

const refusedAs = async (kind: FetchError['kind'], sent: Promise<FetchedAnswer>): Promise<string> => {
  const error = await sent.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof FetchError, 'nothing but a FetchError is thrown');
  assert.equal(error.kind, kind, error.message);
  return error.message;
};

suite('A private host is refused before a connection, in every spelling of it (S04)', async () => {
  const { seen, port } = await canary(saying('{}'));
  const p = `:${String(port)}`;
  const SPELLINGS = [
    `127.0.0.1${p}`, `127.0.0.2${p}`, `127.1${p}`, `2130706433${p}`, `0x7f000001${p}`, `0x7f.1${p}`, `0177.0.0.1${p}`, `017700000001${p}`, `127.0.0.1.${p}`, `localhost${p}`, `LOCALHOST${p}`, `localhost.${p}`, `foo.localhost${p}`,
    `0${p}`, `0.0.0.0${p}`, `[::1]${p}`, `[::]${p}`, `[0:0:0:0:0:0:0:1]${p}`, `[::ffff:127.0.0.1]${p}`, `[::ffff:7f00:1]${p}`, `[::127.0.0.1]${p}`, `[::7f00:1]${p}`, `[64:ff9b::7f00:1]${p}`, `[64:ff9b::127.0.0.1]${p}`, `[64:ff9b:1::7f00:1]${p}`, `[2002:7f00:1::]${p}`, `[2001:0:1::1]${p}`, `[2001::80ff:fffe]${p}`, `[fe80::1]${p}`, `[fe80::1%25lo]${p}`, `[fec0::1]${p}`, `[fc00::1]${p}`, `[fd00:ec2::254]${p}`, `[ff02::1]${p}`,
    `user@127.0.0.1${p}`, `example.com@127.0.0.1${p}`, `127.0.0.1${p}\\@example.com`, `example.com\\@127.0.0.1${p}`, `127.0.0.1${p}#@example.com`, `example.com${p}@127.0.0.1${p}`, `127。0。0。1${p}`, `①②⑦.0.0.1${p}`, `%31%32%37.0.0.1${p}`, `127.0.0.1\t${p}`, ` 127.0.0.1${p}`, `127.0.0.1${p} `, `\n127.0.0.1${p}`,
  ];
  const way = network([], { resolve: () => Promise.resolve(['127.0.0.1']) });
  for (const spelling of SPELLINGS) {
    for (const scheme of ['https', 'http', 'HTTPS']) test(JSON.stringify(`${scheme}://${spelling}`), async () => void (await refusedAs('refused', way.send(ask(`${scheme}://${spelling}/x`)))));
  }

  const PRIVATE = ['10.1.2.3', '100.64.0.1', '100.100.100.200', '127.9.9.9', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.192', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '0.1.2.3', '192.88.99.1', '168.63.129.16', '::', '::1', '::ffff:8.8.8.8', '::8.8.8.8', '64:ff9b::808:808', '64:ff9b:1::1', '100::1', '2001::1', '2001:2::1', '2001:20::1', '2001:db8::1', '2002:808:808::1', '3fff::1', '5f00::1', 'fc00::1', 'fdff::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '2606:4700::5efe:7f00:1', '2606:4700::200:5efe:a00:1'];
  for (const address of PRIVATE) {
    test(`a name that leads to ${address} is refused`, async () => void (await refusedAs('refused', network([], { resolve: () => Promise.resolve([address]) }).send(ask('https://idp.example.com/x')))));
    if (!/[%.]/.test(address) || /^[\d.]+$/.test(address)) test(`and so is ${address} itself`, async () => void (await refusedAs('refused', network([]).send(ask(`https://${address.includes(':') ? `[${address}]` : address}/x`)))));
  }
  test('one private answer among public ones is enough', async () => {
    const mixed = network([], { resolve: () => Promise.resolve(['93.184.216.34', '127.0.0.1']) });
    await refusedAs('refused', mixed.send(ask('https://idp.example.com/x')));
  });
  test('other ports than 443 and 8443 are refused', async () => {
    for (const url of ['https://example.com:22/', 'https://example.com:25/', 'https://example.com:6379/', `https://example.com${p}/`]) assert.match(await refusedAs('refused', way.send(ask(url))), /port/);
  });
  test('other schemes, http without leave, and what is no URL are refused', async () => {
    for (const url of ['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'data:application/json,{}', 'gopher://127.0.0.1:1/', '//example.com/', 'example.com', '', 'https:///x', 'https://', 'https://.example.com/', 'https://a..b/', 'https://-a.example/', `https://${'a'.repeat(64)}.example/`, `https://example.com/${'x'.repeat(2_048)}`, 'https://example.com/a b', 'https://example.com/#x', 'https://intranet/', 'https://1.2.3.4.5/', 'https://0x1.example.0x2/']) await refusedAs('refused', way.send(ask(url)));
  });
  after(() => assert.equal(seen.connects, 0, 'the canary was never connected to'));
});

suite('What fetch.allow names', async () => {
  const { port } = await canary(saying('{"a":1}'));
  const host = `127.0.0.1:${String(port)}`;
  test('may be http and private, by exactly that host and port', async () => {
    const answer = await network([host]).send(ask(`http://${host}/x?y=1`));
    assert.deepEqual([answer.status, answer.body.toString()], [200, '{"a":1}']);
    await refusedAs('refused', network([host]).send(ask(`http://localhost:${String(port)}/`)));
    await refusedAs('refused', network([`127.0.0.1:${String(port + 1)}`]).send(ask(`http://${host}/`)));
  });
  test('is still read strictly', async () => {
    for (const url of [`http://x@${host}/`, `http://2130706433:${String(port)}/`, `http://${host}/#x`]) await refusedAs('refused', network([host]).send(ask(url)));
  });
});

suite('A name is resolved once, and the address that was checked is the one connected to (DNS rebinding)', async () => {
  test('a second answer is never asked for', async () => {
    const evil = await canary(saying('{"evil":true}'), '127.0.0.1', true);
    let asked = 0;
    const resolve = () => Promise.resolve([(asked += 1) === 1 ? '127.0.0.2' : '127.0.0.1']);
    // 127.0.0.2 stands for the public internet here; nobody listens there on 8443.
    await refusedAs('failed', network([], { resolve, isPublic: (address) => address === '127.0.0.2' }).send(ask('https://idp.example.com:8443/')));
    assert.deepEqual([asked, evil.seen.connects], [1, 0]);
  });
  test('the system is not asked again: a name that it does not know is reached by the checked address', async () => {
    const { port } = await canary(saying('{}'), '127.0.0.1');
    const answer = await network([`nowhere.invalid:${String(port)}`], { resolve: () => Promise.resolve(['127.0.0.1']) }).send(ask(`http://nowhere.invalid:${String(port)}/`));
    assert.equal(answer.status, 200);
  });
  test('a name that is never resolved has its time like everything else', async () => {
    const clock = new MovedClock();
    const sent = network([], { clock, resolve: () => new Promise(() => undefined) }).send(ask('https://idp.example.com/', { timeoutMs: 100 }));
    clock.move(100);
    assert.match(await refusedAs('failed', sent), /100 ms/);
  });
  test('a name that the resolver does not know fails in words', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    assert.match(await refusedAs('failed', network([], { resolve }).send(ask('https://idp.example.com/'))), /ENOTFOUND/);
  });
  test('a name without an address fails', async () => void (await refusedAs('failed', network([], { resolve: () => Promise.resolve([]) }).send(ask('https://idp.example.com/')))));
});

suite('The certificate must be of the name that was asked for', async () => {
  const { port } = await canary(saying('{}'), '127.0.0.1', true);
  const at = (name: string, ca?: string) => network([`${name}:${String(port)}`], { resolve: () => Promise.resolve(['127.0.0.1']), ...(ca === undefined ? {} : { ca }) }).send(ask(`https://${name}:${String(port)}/`));
  test('and is then taken', async () => assert.equal((await at('localhost', tls('server.crt'))).status, 200));
  test('or is refused, also when the environment switches checks off', async () => {
    assert.match(await refusedAs('failed', at('idp.example.com', tls('server.crt'))), /ERR_TLS_CERT_ALTNAME_INVALID/);
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await refusedAs('failed', at('localhost'));
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });
});

suite('An answer', async () => {
  const answers = new Map<string, RequestListener>();
  const heard: { url: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const { port } = await canary((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      heard.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      answers.get(request.url ?? '')?.(request, response);
    });
  });
  const clock = new MovedClock();
  const way = network([`127.0.0.1:${String(port)}`], { clock });
  const get = (path: string, listener: RequestListener, more: Partial<OutgoingRequest> = {}) => {
    answers.set(path, listener);
    return way.send(ask(`http://127.0.0.1:${String(port)}${path}`, more));
  };

  test('that redirects is an answer, and is not followed (S06)', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = await get(`/r${String(status)}`, saying('', { location: `http://127.0.0.1:${String(port)}/internal` }, status));
      assert.deepEqual([answer.status, answer.body.length], [status, 0]);
    }
    assert.equal(heard.some(({ url }) => url === '/internal'), false);
  });
  test('is undone of one coding, and of no more (S08)', async () => {
    assert.equal((await get('/gz', saying(gzipSync('{"z":1}'), { ...JSON_TYPE, 'content-encoding': 'gzip' }))).body.toString(), '{"z":1}');
    for (const coding of ['gzip, gzip', 'gzip,br', 'br', 'deflate', 'zstd', 'x', Array.from({ length: 1_000 }, () => 'gzip').join(',')]) await refusedAs('unfit', get('/codings', saying(gzipSync(gzipSync('{}')), { ...JSON_TYPE, 'content-encoding': coding })));
    await refusedAs('unfit', get('/nogz', saying('{}', { ...JSON_TYPE, 'content-encoding': 'gzip' })));
  });
  test('that is too large is given up, packed or not (S08)', async () => {
    assert.equal((await get('/full', saying('x'.repeat(1_000)))).body.length, 1_000);
    await refusedAs('unfit', get('/over', saying('x'.repeat(1_001))));
    await refusedAs('unfit', get('/chunked', (_, response) => void response.writeHead(200, JSON_TYPE).write('x'.repeat(5_000))));
    await refusedAs('unfit', get('/bomb', saying(gzipSync(Buffer.alloc(300_000)), { ...JSON_TYPE, 'content-encoding': 'gzip' })));
  });
  test('of another type is unfit, and where it is no success its body is not read', async () => {
    for (const type of ['text/html', 'application/json2', 'application/jsonp', 'text/json', 'application/json, text/html', 'application/json; charset=utf-7', '']) await refusedAs('unfit', get('/type', saying('{}', { 'content-type': type })));
    for (const type of ['application/json', 'APPLICATION/JSON', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; v=1']) assert.equal((await get('/type', saying('{}', { 'content-type': type }))).status, 200, type);
    const missing = await get('/404', saying('<html>', { 'content-type': 'text/html' }, 404));
    assert.deepEqual([missing.status, missing.body.length], [404, 0]);
    assert.equal((await get('/400', saying('{"error":"x"}', JSON_TYPE, 400))).body.toString(), '{"error":"x"}');
  });
  test('with a header twice of which there is one is unfit', async () => {
    await refusedAs('unfit', get('/twice', (_, response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Type: text/html\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}');
    }));
  });
  test('that is cut short has failed', async () => void (await refusedAs('failed', get('/cut', (_, response) => void response.socket?.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{}')))));
  test('that switches protocols is none', async () => {
    const error = await get('/up', (_, response) => void response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof FetchError);
  });
  test('that does not come in time has failed, and so has one that trickles', async () => {
    for (const [path, begin] of [['/silent', () => undefined], ['/slow', (response: Parameters<RequestListener>[1]) => void response.writeHead(200, JSON_TYPE).write('{')]] as const) {
      const arrived = Promise.withResolvers<undefined>();
      const sent = get(path, (_, response) => {
        begin(response);
        arrived.resolve(undefined);
      }, { timeoutMs: 100 });
      await arrived.promise;
      clock.move(100);
      assert.match(await refusedAs('failed', sent), /100 ms/);
    }
    assert.equal(clock.pending, 0);
  });
  test('is given up with the signal', async () => {
    const giveUp = new AbortController();
    const arrived = Promise.withResolvers<undefined>();
    const sent = get('/gone', () => arrived.resolve(undefined), { signal: giveUp.signal });
    await arrived.promise;
    giveUp.abort();
    await refusedAs('failed', sent);
  });
  test('is asked for with our headers only: no cookie, no credential, no proxy', async () => {
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    process.env['NODE_USE_ENV_PROXY'] = '1';
    try {
      await get('/cookie', saying('{}', { ...JSON_TYPE, 'set-cookie': 'a=b' }));
      await get('/headers', saying('{}'), { method: 'POST', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['NODE_USE_ENV_PROXY'];
    }
    const last = heard.at(-1);
    assert.deepEqual(last?.headers, { 'content-type': 'application/x-www-form-urlencoded', host: `127.0.0.1:${String(port)}`, accept: 'application/json', 'accept-encoding': 'gzip', 'content-length': '3', connection: 'close' });
    assert.equal(last?.body, 'a=b');
    for (const name of ['host', 'Cookie', 'transfer-encoding', 'content-length']) await refusedAs('refused', get('/x', saying('{}'), { headers: { [name]: 'x' } }));
  });
  test('is waited for by sixteen at a time; whoever waits longer than he may has failed', async () => {
    const held: (() => void)[] = [];
    const all = Promise.withResolvers<undefined>();
    answers.set('/busy', (_, response) => {
      held.push(() => void response.writeHead(200, JSON_TYPE).end('{}'));
      if (held.length === 16) all.resolve(undefined);
    });
    const url = ask(`http://127.0.0.1:${String(port)}/busy`);
    const running = Array.from({ length: 16 }, () => way.send(url));
    await all.promise;
    const impatient = way.send({ ...url, timeoutMs: 10 });
    const patient = way.send(url);
    const before = heard.length;
    await new Promise((resolve) => void setImmediate(resolve));
    clock.move(10);
    await refusedAs('failed', impatient);
    assert.equal(heard.length, before);
    answers.set('/busy', saying('{}'));
    for (const answer of held) answer();
    assert.deepEqual((await Promise.all([...running, patient])).map(({ status }) => status), Array.from({ length: 17 }, () => 200));
  });
});
