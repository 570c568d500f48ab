import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { TlsGateway } from '../world/tls-gateway.ts';

/** "sallyport status" asks a gateway that speaks TLS as it asks any other, and believes its own certificate alone. */

const statusOf = (gateway: TlsGateway) => async (...words: readonly string[]) => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' } };
  return { code: await runCli(['status', '--data', gateway.path('data'), ...words], terminal), ...said };
};

suite('The status of a gateway that speaks TLS', () => {
  test('is its own answer, over the certificate in its file or one that a given authority has signed, and over no other', async () => {
    await using gateway = await TlsGateway.start();
    const status = statusOf(gateway);
    const { code, out } = await status();
    assert.deepEqual([code, /status +ready/.test(out)], [0, true], out);
    writeFileSync(gateway.path('root.crt'), gateway.servers.cert);
    assert.match((await status('--ca', gateway.path('root.crt'))).out, /status +ready/);
    const other = await status('--ca', gateway.path('clients.crt'));
    assert.deepEqual([other.code, /does not answer.*\n.*next: /.test(other.err)], [4, true], other.err);
    // As if another program listened there.
    const runtime = gateway.path('data/gateway.json');
    const told: { secure: { certificate: string } } = JSON.parse(readFileSync(runtime, 'utf8'));
    writeFileSync(gateway.path('foreign.crt'), gateway.servers.forServer().cert);
    writeFileSync(runtime, JSON.stringify({ ...told, secure: { ...told.secure, certificate: gateway.path('foreign.crt') } }));
    assert.equal((await status()).code, 4);
    writeFileSync(runtime, JSON.stringify({ ...told, secure: { ...told.secure, certificate: gateway.path('nowhere.crt') } }));
    assert.match((await status()).err, /cannot be read\n.*next: .*--ca/);
  });

  test('that asks for certificates is told with one, and without that it lives', async () => {
    await using gateway = await TlsGateway.start({ tls: { ca: 'clients.crt' } });
    const [status, as] = [statusOf(gateway), gateway.clients.issue()];
    for (const [name, content] of [['c.crt', as.cert], ['c.key', as.key]] as const) writeFileSync(gateway.path(name), content, { mode: 0o600 });
    const without = await status();
    assert.deepEqual([without.code, /status +running/.test(without.out), /asks for a client certificate/.test(without.out)], [0, true, true], without.out + without.err);
    assert.match((await status('--cert', gateway.path('c.crt'), '--key', gateway.path('c.key'))).out, /status +ready/);
    assert.equal((await status('--cert', gateway.path('c.crt'))).code, 2);
  });
});
