import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestAuthority } from '../world/test-pki.ts';
import { TLS_KEY, TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** What ends of certificates is told in the log and in the metrics before it does (R90). */

const DAY_MS = 86_400_000;

suite('Certificates that end soon', () => {
  test('are told at the start under a stable name, and those of clients are measured, but not what nobody vouches for', async () => {
    const lists = TestAuthority.root('Lists');
    await using gateway = await TlsGateway.start({
      tls: { ca: ['clients.crt', 'lists.crt'], observe: true },
      more: { metrics: { port: 0 }, certificates: { revocation: { lists: 'soon.crl', unknown: 'accept' } } },
      prepare: async (_folder, write) => {
        const own = TestAuthority.root('Server Root').forServer({ fromMs: -88 * DAY_MS, untilMs: 2.5 * DAY_MS });
        write('server.crt', own.cert);
        write('server.key', own.key);
        write('lists.crt', lists.cert);
        write('soon.crl', lists.list({ fromMs: -29 * DAY_MS, untilMs: 0.5 * DAY_MS }));
      },
    });
    const tls = { rejectUnauthorized: false };
    const notices = (): readonly { kind?: string; name?: string; msg?: string }[] => gateway.process.stderr().split('\n').filter((line) => line.includes('"certificate.expiring"')).map((line) => JSON.parse(line));
    await until('both are told', async () => (notices().length >= 2 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
    assert.deepEqual(notices().map(({ kind }) => kind).toSorted(), ['list', 'server']);
    assert.match(gateway.process.stderr(), /the certificate of listen\.tls expires in 2 days: renew it/);
    const good = gateway.clients.issue({ untilMs: 5 * DAY_MS });
    for (const as of [good, TestAuthority.selfSigned({ untilMs: DAY_MS }), undefined]) assert.equal((await gateway.ask('/mcp/status', { as, headers: { 'x-api-key': TLS_KEY }, tls })).status, 200);
    const port = /"metricsPort":(\d+)/.exec(gateway.process.stdout())?.[1] ?? '';
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const seconds = Number(/sallyport_certificate_expiry_seconds\{kind="client",name=""\} (\d+)/.exec(text)?.[1]);
    assert.equal(Math.ceil((seconds * 1000) / DAY_MS), 5);
    for (const kind of ['server', 'issuer', 'list']) assert.match(text, new RegExp(`sallyport_certificate_expiry_seconds\\{kind="${kind}"`));
  });
});
