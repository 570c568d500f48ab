import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { JsonObject } from '../../src/model/json.ts';
import { AuthorityGateway, Browser } from '../world/authority-gateway.ts';
import { browse } from '../world/login-provider.ts';
import { freePort } from '../world/ports.ts';
import { startProcess } from '../world/running-process.ts';
import { until } from '../world/until.ts';

/** People sign in at their company's own provider: a real one (oidc-provider), each side a program that knows the other by HTTP alone (R42, R43). */

const program = join(import.meta.dirname, '../fixtures/staff-issuer/staff-issuer.ts');

const ALICE = { sub: 'u-17', name: 'Alice', email: 'alice@company.com', email_verified: true, groups: ['Engineering', 'Everyone'] };

const world = async (person: JsonObject, more: JsonObject = {}) => {
  await using owned = new AsyncDisposableStack();
  const port = await freePort();
  const callback = `http://127.0.0.1:${String(port)}/auth/oauth/company/callback`;
  const idp = owned.use(startProcess([process.execPath, program, callback, JSON.stringify(person)]));
  const [, issuer = ''] = await idp.says(/^issuer (\S+)$/m);
  const gateway = owned.use(await AuthorityGateway.start({
    fetch: { allow: [new URL(issuer).host] },
    roles: { engineer: ['crm:*'], reader: ['crm:get_*'] },
    signIn: { company: { kind: 'oidc', issuer, clientId: 'sallyport', clientSecret: 'env:STAFF_SECRET', allow: { emailDomains: ['company.com'] }, emailDomains: ['company.com'], roles: { Engineering: ['engineer'] }, ...more } },
    env: { STAFF_SECRET: 'staff-secret-0123456789' },
  }, port));
  const stack = owned.move();
  return { gateway, callback, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

/** A browser goes to the provider, through its pages, and back. */
const signIn = async ({ gateway, callback }: Awaited<ReturnType<typeof world>>): Promise<{ readonly browser: Browser; readonly last: Awaited<ReturnType<Browser['open']>> }> => {
  const browser = new Browser(gateway);
  const there = new URL((await browser.open('/auth/oauth/company/start')).url);
  const answer = await browse(there, callback);
  return { browser, last: await browser.open(`/auth/oauth/company/callback?${answer.toString()}`) };
};

suite('At a company provider', () => {
  test('people are known by their address, with the roles of their groups', async () => {
    await using there = await world(ALICE);
    const { browser, last } = await signIn(there);
    assert.match(last.text, /You are signed in as Alice/);
    const { json } = await browser.open('/api/user/profile');
    assert.deepEqual([json['subject'], json['groups'], json['roles'], json['permissions']], ['alice@company.com', ['Engineering', 'Everyone'], ['engineer'], ['crm:*']]);
  });

  test('whoever is not verified there is nobody here, unless the directory is trusted for its addresses', async () => {
    const { email_verified: _verified, ...silent } = ALICE;
    await using there = await world(silent);
    assert.equal((await signIn(there)).last.status, 403);
    await using trusting = await world(silent, { trustEmail: true });
    assert.equal((await signIn(trusting)).last.status, 200);
  });

  test('a secret that is wrong is the operator\'s to mend, and no page says it', async () => {
    await using there = await world(ALICE);
    const config = JSON.parse(readFileSync(there.gateway.configFile, 'utf8')) as { signIn: { company: { clientSecret: string } } }; // the gateway's own file
    const file = join(there.gateway.dataFolder, 'wrong-secret');
    writeFileSync(file, 'wrong', { mode: 0o600 });
    config.signIn.company.clientSecret = `file:${file}`;
    writeFileSync(there.gateway.configFile, JSON.stringify(config));
    there.gateway.process.signal('SIGHUP');
    await until('the reload is told', async () => (there.gateway.process.stderr().includes('reloaded') ? true : undefined), { withinMs: 10_000, signal: there.gateway.process.gone });
    const { last } = await signIn(there);
    assert.deepEqual([last.status, last.text.includes('invalid_client'), last.text.includes('does not know this gateway')], [502, false, true]);
  });
});
