import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ALPHA_TOKEN, configText, KEYS } from '../world/attack-config.ts';
import { AttackWorld } from '../world/attack-world.ts';
import { saying, sayingEvents, sayingJson, sayingRaw, type Seen } from '../world/canary-upstream.ts';
import { filesIn, formsOf, hiddenIn } from '../world/hidden-secrets.ts';
import { calling, legacy, modern } from '../world/mcp-requests.ts';
import { freePort } from '../world/ports.ts';
import type { RequestParts } from '../world/raw-http.ts';
import { startProcess } from '../world/running-process.ts';
import { seededRandom } from '../world/seeded-random.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { until } from '../world/until.ts';
import { runCli } from '../../src/cli/cli.ts';
import { openHome } from '../../src/cli/home.ts';
import { readTrail } from '../../src/cli/read-trail.ts';
import { commandLineOf } from '../../src/stages/forward/stdio/testdata/processes.ts';
import { formatApiKey } from '../../src/model/api-key.ts';

/** Goal G5: planted secrets, through every input and fault, and none of them anywhere afterwards (R87, checklist 16). All are made as the test runs. */

const random = seededRandom('canaries');
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const made = (length: number, alphabet = ALPHABET): string => [...random.bytes(length)].map((byte) => alphabet[byte % alphabet.length] ?? '').join('');
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Secrets that show by their form that they are. */
const SHAPES = {
  ours: () => formatApiKey('live', random.bytes(32)),
  jwt: () => `${part({ alg: 'ES256', kid: made(6) })}.${part({ sub: 'alice', jti: made(20) })}.${made(86)}`,
  github: () => `ghp_${made(36)}`,
  finegrained: () => `github_pat_${made(22)}_${made(59)}`,
  slack: () => `xoxb-${made(12, '0123456789')}-${made(24)}`,
  aws: () => `AKIA${made(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  google: () => `AIza${made(35)}`,
  stripe: () => `sk_live_${made(24)}`,
  anthropic: () => `sk-ant-api03-${made(40)}`,
  openai: () => `sk-proj-${made(48)}`,
} as const;

const planted = new Map<string, string>();

/** Plants a secret: with a form of its own, or, where the place alone says that it is one, without. */
const plant = (name: string, shape?: keyof typeof SHAPES): string => {
  const secret = shape === undefined ? made(28) : SHAPES[shape]();
  assert.ok(!planted.has(name), name);
  planted.set(name, secret);
  return secret;
};

const pem = (name: string): string => {
  const body = made(64);
  planted.set(name, body);
  return `-----BEGIN ${'PRIVATE'} KEY-----\n${body}\n-----END PRIVATE KEY-----`;
};

const asked = (more: Partial<Parameters<typeof calling>[1]> = {}) => ({ key: KEYS.full, ...more });
const noKey = { key: null } as const;

const inHeaders = (): readonly RequestParts[] => [
  calling('get_thing', { key: plant('a key that nobody has', 'ours') }),
  calling('get_thing', { ...noKey, headers: [['Authorization', `Bearer ${plant('a bearer token', 'jwt')}`]] }),
  calling('get_thing', { ...noKey, headers: [['Authorization', `Bearer ${plant('an opaque bearer token')}`]] }),
  calling('get_thing', { ...noKey, headers: [['Authorization', `DPoP ${plant('a token by DPoP', 'jwt')}`], ['DPoP', plant('a proof', 'jwt')]] }),
  calling('get_thing', { ...noKey, headers: [['Authorization', `Basic ${Buffer.from(`admin:${plant('a password by Basic')}`).toString('base64')}`]] }),
  ...(['Cookie', 'Proxy-Authorization', 'X-Auth-Token', 'X-Forwarded-Access-Token', 'X-Amz-Security-Token', 'X-Csrf-Token', 'Client-Cert', 'Mcp-Session-Id', 'Tracestate', 'Baggage'] as const).map((name) => calling('get_thing', asked({ headers: [[name, name === 'Cookie' ? `session=${plant(name)}` : plant(name)]] }))),
  calling('get_thing', asked({ headers: [['User-Agent', `${plant('a User-Agent', 'github')}/1.0`]] })),
  calling('get_thing', asked({ headers: [['X-API-Key', plant('a second key', 'ours')]] })),
];

const inTargets = (): readonly RequestParts[] => [
  ...(['api_key', 'access_token', 'token', 'client_secret', 'password', 'code', 'refresh_token', 'id_token', 'client_assertion'] as const).map((name) => calling('get_thing', { ...noKey, target: `/alpha/mcp?${name}=${plant(`query ${name}`)}` })),
  ...(['ours', 'github', 'jwt', 'slack'] as const).map((shape) => calling('get_thing', asked({ target: `/alpha/mcp/${plant(`path ${shape}`, shape)}` }))),
  calling('get_thing', asked({ target: `/.well-known/${plant('well-known', 'github')}` })),
  { method: plant('an HTTP method', 'stripe').toUpperCase().slice(0, 15), target: `/alpha/mcp`, headers: [['Host', '127.0.0.1'], ['Connection', 'close']] },
];

const ARGUMENTS = ['password', 'api_key', 'token', 'authorization', 'clientSecret', 'private_key', 'cookie', 'passphrase', 'credential', 'refresh_token'] as const;

const inBodies = (): readonly RequestParts[] => [
  ...ARGUMENTS.map((name) => calling('get_thing', asked(), { [name]: plant(`argument ${name}`) })),
  calling('get_thing', asked(), { nested: [{ credentials: { deep: plant('deep inside a secret') } }] }),
  ...(Object.keys(SHAPES) as (keyof typeof SHAPES)[]).map((shape) => calling('get_thing', asked(), { note: `please use ${plant(`text ${shape}`, shape)} for it` })),
  calling('get_thing', asked(), { note: `${'x'.repeat(230)} ${plant('where a text is cut', 'github')}` }),
  calling('get_thing', asked(), { note: pem('a private key in a text') }),
  calling('get_thing', asked(), { url: `postgres://app:${plant('a password in a URL')}@db/app` }),
  calling('get_thing', asked(), { [plant('the name of an argument', 'ours')]: 1 }),
  calling(plant('the name of a tool', 'github'), asked()),
  modern(plant('a method', 'slack'), {}, asked()),
  legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: plant('the name of a client', 'anthropic'), version: '1' } }, asked()),
  modern('resources/read', { uri: `doc://open/${plant('a URI', 'jwt')}` }, asked()),
  calling('get_thing', asked({ body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_thing","arguments":{"x":"${plant('JSON that is broken off', 'ours')}"` })),
  calling('get_thing', asked({ body: `{"a":1,"a":"${plant('a member that stands twice', 'google')}"}` })),
];

/** What a server behind may do with what the gateway sends it. */
const headerOf = ({ headers }: Seen, name: string): string => headers[headers.findIndex((one) => one.toLowerCase() === name) + 1] ?? '';
const repeated = (seen: Seen): string => headerOf(seen, 'authorization');
const json = { 'Content-Type': 'application/json' };
const REPEATING = {
  'in the output of a tool': sayingJson((seen) => ({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result: { resultType: 'complete', content: [{ type: 'text', text: `your request had ${repeated(seen)}` }] } })),
  'in base64': sayingJson((seen) => ({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result: { resultType: 'complete', content: [{ type: 'text', text: Buffer.from(repeated(seen)).toString('base64') }] } })),
  'in an error': sayingJson((seen) => ({ jsonrpc: '2.0', id: seen.message['id'] ?? null, error: { code: -32000, message: `refused: ${repeated(seen)}` } })),
  'in a failure': saying(500, json, (seen) => JSON.stringify({ error: repeated(seen) })),
  'in a failure that is a page': saying(500, { 'Content-Type': 'text/html' }, (seen) => `<pre>${repeated(seen)}</pre>`),
  'in a refusal': saying(401, { ...json, 'WWW-Authenticate': `Bearer error="invalid_token", error_description="${ALPHA_TOKEN}"` }, (seen) => repeated(seen)),
  'in a redirect': saying(302, { Location: `https://elsewhere.example/?token=${ALPHA_TOKEN}` }, () => ''),
  'in a header': saying(200, { ...json, 'X-Debug': ALPHA_TOKEN, 'Set-Cookie': `t=${ALPHA_TOKEN}` }, (seen) => JSON.stringify({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result: { resultType: 'complete', content: [] } })),
  'in an event': sayingEvents((seen) => `data: ${JSON.stringify({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result: { resultType: 'complete', content: [{ type: 'text', text: repeated(seen) }] } })}\n\n`),
  'in a notice': sayingEvents((seen) => `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: repeated(seen) } })}\n\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: seen.message['id'] ?? null, result: { resultType: 'complete', content: [] } })}\n\n`),
  'in bytes that are no HTTP': sayingRaw((seen) => `nonsense ${repeated(seen)}\r\n\r\n`),
  'in JSON that is none': saying(200, json, (seen) => `{"x": ${repeated(seen)}`),
} as const;

/** A child that says what it was told: on stderr, and in the output of its tools. */
const TELLING = `
const { createInterface } = require('node:readline');
console.error('starting with ' + process.env.CHILD_TOKEN + ' and ' + JSON.stringify({ token: process.env.CHILD_TOKEN }));
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const say = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
  if (method === 'initialize') say({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'telling', version: '1' } });
  else if (method === 'tools/list') say({ tools: [{ name: 'env', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }] });
  else if (method === 'tools/call') say({ content: [{ type: 'text', text: 'CHILD_TOKEN=' + process.env.CHILD_TOKEN }] });
  else console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
});`;

const CLI_INPUTS = (data: string): readonly (readonly [words: readonly string[], given?: string])[] => [
  [['keys', 'revoke', plant('an id that is a key', 'ours'), '--data', data]],
  [['explain', plant('a request that is a key', 'github'), '--data', data]],
  [['keys', 'create', '--name', plant('the name of a key', 'slack'), '--dry-run', '--data', data]],
  [['keys', 'create', `--${plant('a flag', 'stripe')}`, '--data', data]],
  [['run', `https://u:${plant('a URL with a password')}@127.0.0.1:1/mcp`, '--data', join(data, '..', 'other')]],
  [['leaks', 'report', '--data', data], `found: ${plant('what was found', 'ours')}\n`],
  [['revoke', 'token', '--data', data], `${plant('a token on stdin', 'jwt')}\n`],
  [['audit', 'prove', 'req_x', plant('an argument that is a key', 'ours'), '--data', data], plant('the value to prove')],
  [['check', plant('a file that is called like a key', 'github')]],
];

const said = { out: '' };
const sallyport = async (words: readonly string[], given?: string): Promise<void> => {
  const write = { write: (text: string) => void (said.out += text) };
  await runCli(words, { stdout: write, stderr: write, env: { NO_COLOR: '1' }, ...(given === undefined ? {} : { stdin: Readable.from([Buffer.from(given)]) }) });
};

suite('[G05] No secret is anywhere afterwards', () => {
  test('whoever brought it, whatever went wrong', async () => {
    const childToken = plant('the secret of a child');
    const metricsPort = await freePort();
    const servers = { telling: { command: [process.execPath, '-e', TELLING], env: { CHILD_TOKEN: 'env:CHILD_SECRET' } }, dead: { url: 'http://127.0.0.1:1/mcp', headers: { Authorization: `Bearer ${plant('a literal header')}` } } };
    const collectorPort = await freePort();
    await using collector = startProcess([process.execPath, join(import.meta.dirname, '../fixtures/audit-receivers/receiver.ts'), 'http', String(collectorPort)]);
    await collector.says(/listening/);
    const collects = { url: `http://127.0.0.1:${String(collectorPort)}/`, headers: { 'X-Key': 'env:COLLECTOR_KEY' } };
    const more = { log: { level: 'debug' }, metrics: { port: metricsPort }, authority: { enabled: true }, fetch: { allow: [`127.0.0.1:${String(collectorPort)}`] }, telemetry: { traces: { ...collects, arguments: true }, metrics: { ...collects, everySeconds: 1 } } };
    await using world = await AttackWorld.start({ servers, more, env: { CHILD_SECRET: childToken, COLLECTOR_KEY: plant('the key of a collector') } });
    const minted = await world.mint(['alpha:*']);
    const replies: Record<string, string> = {};
    const shared = new Map([['the credential of alpha', ALPHA_TOKEN], ['the secret of a child', childToken], ['the literal header', planted.get('a literal header') ?? ''], ['a stored key', minted.secret], ['a configured key', KEYS.other], ['the hash key', readFileSync(join(world.directory, 'hash.key')).toString('latin1')]]);

    for (const request of [...inHeaders(), ...inTargets(), ...inBodies()]) replies[`reply ${String(Object.keys(replies).length)}`] = (await world.send(request)).text;
    for (const [how, answer] of Object.entries(REPEATING)) {
      using _ = world.canary.when('get_thing', answer);
      const reply = await world.send(calling('get_thing', asked()));
      replies[`what alpha repeats ${how}`] = reply.text;
    }
    replies['what a child tells'] = (await world.send(calling('env', asked({ server: 'telling' })))).text;
    assert.match(replies['what a child tells'], /upstream\.credential-repeated|credential/);
    replies['of a server that is not there'] = (await world.send(calling('x', asked({ server: 'dead' })))).text;
    for (const [path, body] of [
      ['/token', `grant_type=authorization_code&code=${plant('a code')}&client_id=x&client_secret=${plant('a client secret')}&code_verifier=${plant('a verifier')}&redirect_uri=x`],
      ['/token', `grant_type=refresh_token&refresh_token=${plant('a refresh token')}&client_id=x`],
      ['/token', `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=${plant('an assertion', 'jwt')}`],
      ['/oauth/revoke', `token=${plant('a token that is revoked')}&client_id=x`],
      ['/oauth/introspect', `token=${plant('a token that is asked about')}&client_id=x`],
    ] as const) {
      replies[`${path} ${body.slice(0, 30)}`] = (await world.send({ target: path, headers: [['Host', '127.0.0.1'], ['Content-Type', 'application/x-www-form-urlencoded'], ['Connection', 'close']], body })).text;
    }
    replies['/authorize'] = (await world.send({ method: 'GET', target: `/authorize?client_id=x&response_type=code&state=${plant('a state')}&redirect_uri=https://x.example/cb`, headers: [['Host', '127.0.0.1'], ['Connection', 'close']] })).text;
    replies['bytes that are no request'] = (await world.send(Buffer.from(`GET /${plant('no request', 'github')} HTTP/9.9\r\nX-API-Key: ${plant('a key in no request', 'ours')}\r\n\r\n`))).text;
    replies['a head that is too large'] = (await world.send(calling('get_thing', asked({ headers: [['Authorization', `Bearer ${plant('a large head', 'jwt')}${'x'.repeat(40_000)}`]] })))).text;

    // A configuration that is wrong where a secret stands is refused while the gateway runs, and by `check`.
    const wrong = configText({ servers: { ...servers, alpha: { url: 'http://127.0.0.1:1/mcp', header: { 'X-API-Key': plant('a literal in a wrong place') } } }, more, port: world.port, canary: world.canary });
    await using folder = await temporaryFolder('canaries');
    writeFileSync(join(folder.path, 'wrong.json'), wrong);
    writeFileSync(join(folder.path, 'broken.yaml'), `servers:\n  a: {url: https://x, headers: {Authorization: "Bearer ${plant('a literal in a broken file')}\n`);
    writeFileSync(world.configFile, wrong);
    await until('the file is refused', () => Promise.resolve(/keeps|refused|not taken|stays/i.test(world.process.stderr()) ? true : undefined), { withinMs: 15_000 }).catch(() => undefined);
    for (const file of ['wrong.json', 'broken.yaml']) await sallyport(['check', join(folder.path, file)]);
    for (const [words, given] of CLI_INPUTS(world.directory)) await sallyport(words, given);
    for (const words of [['audit', '-n', '1000', '--intents'], ['audit', '-n', '1000', '--json'], ['keys', 'list'], ['keys', 'list', '--json'], ['status', '--json'], ['audit', 'verify']]) await sallyport([...words, '--data', world.directory]);
    await sallyport(['config', 'show', '-c', join(folder.path, 'wrong.json'), '--origin']);
    const metrics = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
    const shown = { 'its command line': commandLineOf(world.pid) };
    await world.stop();

    // The gateway has told the last of it when it ends; what the collector then says of it comes when it comes.
    for (const told of [/resourceMetrics[^\n]*\n/, /gen_ai\.tool\.call\.arguments[^\n]*\n/]) await collector.says(told);
    // What it is told, without the headers, which hold its own key.
    const telemetry = collector.stdout().split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => (JSON.parse(line) as { body: string }).body).join('\n');
    assert.match(telemetry, /"resourceSpans"[^]*gen_ai\.tool\.call\.arguments[^]*"resourceMetrics"|"resourceMetrics"[^]*gen_ai\.tool\.call\.arguments/);

    const home = openHome(world.directory);
    readTrail(home).last(1);
    home.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    home.database.close();
    const { [join(world.directory, 'hash.key')]: _hashKey, ...files } = filesIn(world.directory);
    const written = { stdout: world.process.stdout(), stderr: world.process.stderr(), commands: said.out, metrics, telemetry, ...shown, ...files };
    assert.ok(planted.size >= 60, String(planted.size));
    assert.ok(written.stderr.length > 1_000 && said.out.length > 10_000, 'there is something to look through');
    assert.deepEqual(hiddenIn(written, new Map([...planted, ...shared])), []);
    // To its own caller a reply may repeat what he sent; what is the gateway's or somebody else's never.
    assert.deepEqual(hiddenIn(replies, shared), []);
  });

  test('and one that was there would be found, in each form: the negative twin', () => {
    const secret = `${made(20)}/+"ü`;
    for (const form of formsOf(secret)) assert.deepEqual(hiddenIn({ place: `before ${form} behind` }, new Map([['it', secret]])).slice(0, 1), ['it in place'], form);
    const packed = Buffer.concat([Buffer.from('head'), gzipSync(`x ${secret} y`)]).toString('latin1');
    const plain = made(24);
    assert.deepEqual(hiddenIn({ packed: Buffer.concat([Buffer.from('head'), gzipSync(`x ${plain} y`)]).toString('latin1') }, new Map([['it', plain]])), ['it in packed']);
    assert.ok(packed.length > 0);
    for (let shift = 0; shift < 3; shift += 1) assert.ok(hiddenIn({ place: Buffer.from(`${'x'.repeat(shift)}${plain} and more`).toString('base64') }, new Map([['it', plain]])).length > 0);
    assert.deepEqual(hiddenIn({ place: 'nothing' }, new Map([['it', plain]])), []);
  });
});
