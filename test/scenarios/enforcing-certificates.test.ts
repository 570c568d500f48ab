import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { TLS_KEY, TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** From observing certificates to asking for them, when nobody is cut off (R22, experience of persona (e)). */

const withKey = { 'x-api-key': TLS_KEY };

const enforceOn = (gateway: TlsGateway) => async (...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli(['pki', 'enforce', '-c', gateway.path('sallyport.yaml'), '--data', gateway.path('data'), ...words], terminal), ...said };
};

suite('sallyport pki enforce', () => {
  test('changes nothing while somebody would be cut off or nobody has called, and a running gateway asks once it is said', async () => {
    await using gateway = await TlsGateway.start({ tls: { ca: 'clients.crt', observe: true } });
    const enforce = enforceOn(gateway);
    const text = (): string => readFileSync(gateway.path('sallyport.yaml'), 'utf8');
    const before = text();
    assert.match((await enforce()).err, /nobody has called.*\n.*next: /);
    const as = gateway.clients.issue();
    for (const shown of [as, undefined]) assert.equal((await gateway.ask('/mcp/status', { as: shown, headers: withKey })).status, 200);
    await gateway.record('both calls', () => gateway.records().filter(({ who }) => who === 'bob').length === 2);
    const refused = await enforce();
    assert.equal(refused.code, 7);
    assert.match(refused.out, /would be cut off +bob +1 of 2 calls +none was shown/);
    const tried = await enforce('--dry-run', '--yes');
    assert.match(tried.out, /nothing was written/);
    assert.equal(text(), before);
    const done = await enforce('--yes');
    assert.equal(done.code, 0, done.err);
    assert.equal(text(), before.replace('"observe":true', '"rejectUnauthorized":false'));
    await until('it asks', async () => ((await gateway.ask('/mcp/status', { headers: withKey })).status === 401 ? true : undefined), { withinMs: 15_000, signal: gateway.process.gone });
    assert.equal((await gateway.ask('/mcp/status', { as, headers: withKey })).status, 200);
  });

  test('goes on by itself where everybody has shown a good one, and says what is wrong with what it was told', async () => {
    await using gateway = await TlsGateway.start({ tls: { ca: 'clients.crt', observe: true } });
    const enforce = enforceOn(gateway);
    assert.equal((await gateway.ask('/mcp/status', { as: gateway.clients.issue(), headers: withKey })).status, 200);
    await gateway.record('the call', ({ who }) => who === 'bob');
    for (const words of [['--mode', 'soon'], ['--listener', 'listeners.0'], ['--since', 'ever']]) {
      const { code, err } = await enforce(...words);
      assert.equal(code, 2, words.join(' '));
      assert.match(err, /next: /);
    }
    assert.match((await enforce('--mode', 'require')).out, /mode require\nnext: start the gateway again/);
    assert.match(readFileSync(gateway.path('sallyport.yaml'), 'utf8'), /"observe":false/);
    assert.match((await enforce()).err, /no listener observes certificates/);
    writeFileSync(gateway.path('sallyport.yaml'), 'x: &x { cert: server.crt, key: server.key, ca: clients.crt, observe: true }\nlisten: { tls: *x }\nservers: { crm: { url: "http://127.0.0.1:1/mcp" } }\n');
    assert.match((await enforce()).err, /x: is not a setting/);
  });
});
