import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { openHome } from '../../src/cli/home.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { until } from '../world/until.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** Channels of alarms, by a configuration and the command line (issue 7, "Alarms"). */

const stack = new AsyncDisposableStack();
const heard: { headers: Readonly<Record<string, unknown>>; body: string }[] = [];
let folder = '';
let port = 0;
let status = 200;

before(async () => {
  folder = stack.use(await temporaryFolder('alarms')).path;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
      heard.push({ headers: request.headers, body });
      response.writeHead(status).end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => void server.close());
  port = (server.address() as AddressInfo).port; // a TCP server's
});
after(() => stack.disposeAsync());

const configured = (allowed: boolean, channels: string): string =>
  `servers: { crm: { command: [node] } }\n${allowed ? `fetch: { allow: ["127.0.0.1:${String(port)}"] }\n` : ''}alarms:\n  channels:\n    ${channels}\n`;

const sallyport = async (words: readonly string[], config: string) => {
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(file, config);
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1', HOOK_SECRET: 'hook-CANARY-31', HOOK_URL: `http://127.0.0.1:${String(port)}/T-CANARY` } };
  return { code: await runCli([...words, '-c', file, '--data', join(folder, 'data')], terminal), ...said };
};

const hook = (): string => `ops: { kind: webhook, url: "http://127.0.0.1:${String(port)}/alarms", secret: env:HOOK_SECRET }`;

suite('sallyport alarms test', () => {
  test('sends a trial that is signed and says that it is one, on record', async () => {
    const { code, out, err } = await sallyport(['alarms', 'test', 'ops'], configured(true, hook()));
    assert.equal(code, 0, err);
    assert.match(out, /has taken a trial/);
    const { headers, body } = heard.at(-1) ?? { headers: {}, body: '' };
    assert.match(String(headers['webhook-signature']), /^v1,/);
    assert.match(body, /This is a trial of the channel \\"ops\\": nothing is the matter/);
  });

  test('sends by Slack, whose URL is a reference', async () => {
    assert.equal((await sallyport(['alarms', 'test', 'chat'], configured(true, 'chat: { kind: slack, hook: env:HOOK_URL }'))).code, 0);
    assert.match(heard.at(-1)?.body ?? '', /alarms\.test/);
  });

  test('says why a channel has not taken it, and shows no secret', async () => {
    const before_ = heard.length;
    const refused = await sallyport(['alarms', 'test', 'chat'], configured(false, 'chat: { kind: slack, hook: env:HOOK_URL }'));
    assert.equal(heard.length, before_, 'a private address that fetch.allow does not name is never asked');
    status = 410;
    const gone = await sallyport(['alarms', 'test', 'ops'], configured(true, hook()));
    status = 200;
    const unknown = await sallyport(['alarms', 'test', 'nobody'], configured(true, hook()));
    for (const { code, out, err } of [refused, gone, unknown]) {
      assert.notEqual(code, 0);
      assert.match(err, /next: /);
      assert.doesNotMatch(out + err, /CANARY/);
    }
    assert.match(gone.err, /answers 410/);
    assert.match(unknown.err, /there is ops/);
  });
});

suite('What may be said of a channel', () => {
  const WRONG: Readonly<Record<string, RegExp>> = {
    '{ kind: webhook, url: "https://x.example/" }': /has no secret/,
    '{ kind: webhook, url: "https://x.example/", secret: literal }': /must be a reference/,
    '{ kind: slack, hook: "https://hooks.slack.example/T0" }': /must be a reference/,
    '{ kind: slack, hook: env:A, port: 1 }': /is nothing of the kind slack, which takes hook/,
    '{ kind: pigeon }': /ops\.kind/,
    '{ kind: pagerduty }': /has no key/,
    '{ kind: email, host: m, from: a@b.example, to: [] }': /ops\.to/,
    '{ kind: email, host: m, from: "a@b.example\\r\\nX: y", to: [a@b.example] }': /is not a mail address/,
    '{ kind: email, host: m, from: a@b.example, to: [a@b.example], user: u }': /one of user and password/,
    '{ kind: email, host: m, from: a@b.example, to: [a@b.example], user: u, password: env:P, tls: none }': /plain text/,
    '{ kind: slack, hook: env:A, quiet: { from: "22:00", to: "22:00", zone: UTC } }': /begins when it ends/,
    '{ kind: slack, hook: env:A, quiet: { from: "25:00", to: "06:00", zone: UTC } }': /is not a time of day/,
    '{ kind: slack, hook: env:A, quiet: { from: "22:00", to: "06:00", zone: "+02:00" } }': /is not a time zone/,
    '{ kind: slack, hook: env:A, quite: {} }': /quite/,
  };
  for (const [entry, message] of Object.entries(WRONG)) test(`${entry} is refused`, () => assert.throws(() => parseConfig(configured(false, `ops: ${entry}`), 'x.yaml', {}), (error: Error) => message.test(error.message)));

  test('and callers are held to nothing that is not learned', () => assert.throws(() => parseConfig('servers: { crm: { command: [node] } }\nalarms: { usage: { enabled: false }, throttle: true }\n', 'x.yaml', {}), /alarms\.throttle.*holds callers to what nobody learns/s));

  test('and each kind is accepted when it is whole', () => {
    for (const entry of ['{ kind: pagerduty, key: env:K, quiet: { from: "22:00", to: "06:00", days: [sat], zone: Europe/Berlin } }', '{ kind: email, host: mail.example, from: a@b.example, to: [c@d.example], user: u, password: env:P }'])
      assert.ok(parseConfig(configured(false, `ops: ${entry}`), 'x.yaml', {}));
  });
});

suite('A gateway whose trail was cut while it was down', () => {
  test('says so by itself after its start, in the list, in the log and to a channel in its quiet hours (G14)', async () => {
    const [data, listenPort] = [join(folder, 'cut'), await freePort()];
    const main = join(import.meta.dirname, '../../src/main.ts');
    const file = join(folder, 'cut.yaml');
    const always = 'quiet: { from: "00:00", to: "23:59", zone: UTC }';
    const crm = join(import.meta.dirname, '../../src/example/crm-server.ts');
    writeFileSync(file, `listen: { port: ${String(listenPort)} }\nmetrics: { enabled: false }\n${configured(true, hook().replace(' }', `, ${always} }`)).replace('command: [node]', `command: [${process.execPath}, ${crm}]`)}`);
    const said = (words: readonly string[]) => runCli([...words, '--data', data], { stdout: { write: () => undefined }, stderr: { write: () => undefined }, env: {} });
    for (let at = 0; at < 3; at += 1) await said(['alarms', 'resolve', 'alm_000000000000000000']);
    const home = openHome(data);
    home.database.exec('DELETE FROM audit WHERE position = (SELECT max(position) FROM audit)');
    home.database.close();
    await using running = startProcess([process.execPath, main, 'serve', '-c', file, '--data', data], { env: { HOOK_SECRET: 'hook-CANARY-31' }, cwd: folder });
    await until('the channel hears of it', () => Promise.resolve(heard.some(({ body }) => body.includes('audit.chain-broken')) ? true : undefined), { withinMs: 30_000, signal: running.gone });
    assert.match(running.stderr(), /the audit trail is not what was written: the chain of the terminal does not end/);
    const listed = { out: '' };
    await runCli(['alarms', 'list', '--data', data], { stdout: { write: (text: string) => void (listed.out += text) }, stderr: { write: () => undefined }, env: { NO_COLOR: '1' } });
    assert.match(listed.out, /open .* audit\.chain-broken/);
    assert.equal(await said(['alarms', 'resolve', /alm_[0-9a-f]{18}/.exec(listed.out)?.[0] ?? '']), 0);
    await until('the channel hears that it is over', () => Promise.resolve(heard.some(({ body }) => /"alarm\.resolved".*"by":"/.test(body)) ? true : undefined), { withinMs: 30_000, signal: running.gone });
  });
});
