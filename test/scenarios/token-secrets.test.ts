import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readRuntime } from '../../src/cli/home.ts';
import { childrenOf, commandLineOf, environmentOf } from '../../src/stages/forward/stdio/testdata/processes.ts';
import { filesIn, hiddenIn } from '../world/hidden-secrets.ts';
import { IdentityProvider, INTROSPECTOR, proofOf } from '../world/identity-provider.ts';
import { crmServer, main, OAuthGateway, type Reply } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import { TestKey } from '../world/token-issuer.ts';

/** One run with every kind of token, used well and badly: nothing that opens something is found afterwards in any place that is written or shown (checklist 16). */

const NOTICE_SECRET = 'notice-secret-canary-0123456789';

const secretVariables = { INTROSPECTION_SECRET: INTROSPECTOR.secret, NOTICE_SECRET };

const gatewayFor = (idp: IdentityProvider): Promise<OAuthGateway> =>
  OAuthGateway.start({
    issuers: { corp: { issuer: idp.issuer, introspection: { url: `${idp.issuer}/token/introspection`, clientId: INTROSPECTOR.id, clientSecret: 'env:INTROSPECTION_SECRET', cacheSeconds: 0 }, revocation: { clientId: 'idp', clientSecret: 'env:NOTICE_SECRET' } } },
    fetch: { allow: [`127.0.0.1:${String(idp.port)}`] },
    log: { level: 'debug' },
    crm: { command: [process.execPath, crmServer] },
    env: secretVariables,
  });

const descendantsOf = (pid: number): readonly number[] => childrenOf(pid).flatMap((child) => [child.pid, ...descendantsOf(child.pid)]);

/** The processes that the gateway has started, as `ps` shows them. */
const shownBy = (gateway: OAuthGateway): Readonly<Record<string, string>> => {
  const pid = readRuntime(gateway.dataFolder)?.pid ?? 0;
  const below = descendantsOf(pid);
  assert.ok(below.length > 0, 'the server runs below the gateway');
  return { 'its command line': commandLineOf(pid), ...Object.fromEntries(below.flatMap((child) => [[`command line ${String(child)}`, commandLineOf(child)], [`environment ${String(child)}`, environmentOf(child)]])) };
};

const toldBy = async (gateway: OAuthGateway, ...args: readonly string[]): Promise<string> => {
  await using command = startProcess([process.execPath, main, ...args, '--data', gateway.dataFolder]);
  await command.exited;
  return command.stdout() + command.stderr();
};

const heard = ({ headers, text }: Reply): string => `${JSON.stringify([...headers])} ${text}`;

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Uses tokens well and badly; the replies, and what was sent. */
const useTokens = async (gateway: OAuthGateway, idp: IdentityProvider) => {
  const [holder, url] = [new TestKey('ES256', 'holder'), `${gateway.origin('both')}/mcp`];
  const [signed, opaque, bound, elsewhere] = [await idp.token(url), await idp.token(`${url}?opaque`), await idp.token(url, { key: holder }), await idp.token('https://other.example/mcp')];
  const [proof, spent] = [proofOf(holder, { url, method: 'POST', token: bound }), proofOf(holder, { url: `${url}/x`, method: 'POST', token: bound })];
  const call = (tool: string, more: Parameters<OAuthGateway['call']>[2]): Promise<Reply> => gateway.call('both', tool, more);
  const dpop = (text: string) => ({ headers: { authorization: `DPoP ${bound}`, dpop: text } });
  const good = [await call('get_customer', bearer(signed)), await call('get_customer', bearer(opaque)), await call('get_customer', dpop(proof))];
  assert.deepEqual(good.map(({ status }) => status), [200, 200, 200]);
  const refused = [
    await call('delete_customer', bearer(signed)),
    await call('get_customer', bearer(elsewhere)),
    await call('get_customer', bearer(`${signed.slice(0, -4)}AAAA`)),
    await call('get_customer', bearer(bound)),
    await call('get_customer', dpop(proof)),
    await call('get_customer', dpop(spent)),
    await call('get_customer', { headers: { 'x-api-key': signed } }),
    await call('get_customer', { headers: { 'x-api-key': opaque, authorization: `Bearer ${signed}` } }),
    await call('get_customer', { path: `/mcp?access_token=${signed}` }),
    await call('get_customer', { path: `/mcp?api_key=${signed}` }),
    await call('get_customer', { path: `/mcp/${signed}`, ...bearer(signed) }),
    await gateway.get('both', '/issuers/corp/revoke', { method: 'POST', headers: { authorization: `Basic ${Buffer.from(`idp:${NOTICE_SECRET}x`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' }, body: `token=${signed}` }),
  ];
  assert.ok(refused.every(({ status }) => status >= 400 && status < 500), refused.map(({ status }) => status).join());
  // In what a caller says of itself and of the call it reaches the record, and is masked there.
  const named = await call('get_customer', { headers: { authorization: `Bearer ${signed}`, 'user-agent': `x/${signed}` }, args: { id: 'cust_789', note: signed } });
  const ended = await gateway.get('both', '/issuers/corp/revoke', { method: 'POST', headers: { authorization: `Basic ${Buffer.from(`idp:${NOTICE_SECRET}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' }, body: `token=${signed}` });
  assert.equal(ended.status, 200, ended.text);
  return { secrets: { signed, opaque, bound, elsewhere, proof, spent }, replies: [...good, ...refused, named, ended].map(heard).join('\n') };
};

suite('A run with tokens', () => {
  test('leaves no token, proof or client secret in log, trail, data, reply, command line or a child\'s environment (J15, P02)', async () => {
    await using idp = await IdentityProvider.start('ES256');
    await using gateway = await gatewayFor(idp);
    const { secrets, replies } = await useTokens(gateway, idp);
    // With its issuer gone, an opaque token cannot be asked about: what failed is on record and in the log.
    await idp[Symbol.asyncDispose]();
    const unchecked = await gateway.call('both', 'get_customer', bearer(secrets.opaque));
    assert.equal(unchecked.status, 503, unchecked.text);
    const [trail, revocations] = [await toldBy(gateway, 'audit', '--json'), await toldBy(gateway, 'revocations')];
    assert.match(trail, /"method":"oauth"/);
    const written = { replies: `${replies}\n${heard(unchecked)}`, log: gateway.process.stdout() + gateway.process.stderr(), 'sallyport audit': trail, 'sallyport revocations': revocations, ...filesIn(gateway.dataFolder), ...shownBy(gateway) };
    assert.ok(written.log.length > 100, 'nothing was logged, so this shows nothing');
    assert.deepEqual(hiddenIn(written, new Map(Object.entries({ ...secrets, ...secretVariables }))), []);
    // The search finds what is there: the introspection secret stands in the environment of the gateway itself, where its operator put it.
    assert.deepEqual(hiddenIn({ gateway: environmentOf(gateway.process.pid) }, new Map([['secret', INTROSPECTOR.secret]])), ['secret in gateway']);
  });
});
