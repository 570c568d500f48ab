import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { IdentityProvider } from '../../../test/world/identity-provider.ts';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { runCli } from '../cli.ts';
import { EXIT } from '../exit.ts';
import { guessProfile } from './idp-add.ts';

const RESOURCE = 'http://127.0.0.1:3210/crm/mcp';

const run = async (words: readonly string[], input = ''): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const said = { out: '', err: '' };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, stdin: Readable.from([Buffer.from(input)]) };
  return { code: await runCli([...words], terminal), ...said };
};

const configFor = (folder: string, idp: IdentityProvider, issuer: object = {}): string => {
  const path = join(folder, 'sallyport.yaml');
  writeFileSync(path, JSON.stringify({ servers: { crm: { url: 'http://127.0.0.1:1/mcp' }, wiki: { url: 'http://127.0.0.1:2/mcp', issuers: [] } }, fetch: { allow: [`127.0.0.1:${String(idp.port)}`] }, issuers: { corp: { issuer: idp.issuer, ...issuer } } }));
  return path;
};

suite('sallyport idp, against a real provider', () => {
  test('add prints an entry that a start accepts, and says what it found', async () => {
    await using idp = await IdentityProvider.start();
    const { code, out, err } = await run(['idp', 'add', idp.issuer, '--name', 'home', '--allow-private']);
    assert.equal(code, EXIT.ok, err);
    assert.match(out, new RegExp(`issuers:\\n {2}home:\\n {4}issuer: ${idp.issuer}\\n {4}profile: rfc9068\\nfetch:\\n {2}allow:\\n {4}- 127.0.0.1:${String(idp.port)}`));
    assert.match(err, /ok {4}metadata: .*\nok {4}keys: .*key-0: ES256/);
  });

  test('add of a private address asks for the word that allows it, and prints no entry', async () => {
    await using idp = await IdentityProvider.start();
    const { code, out, err } = await run(['idp', 'add', idp.issuer]);
    assert.deepEqual([code, out], [EXIT.unreachable, '']);
    assert.match(err, /--allow-private/);
    assert.equal((await idp.asked()).length, 0);
  });

  test('add refuses what is no URL, and an issuer with another name than it gives itself', async () => {
    assert.equal((await run(['idp', 'add', 'idp'])).code, EXIT.usage);
    await using idp = await IdentityProvider.start();
    const { code, err } = await run(['idp', 'add', `${idp.issuer}/`, '--allow-private']);
    assert.equal(code, EXIT.unreachable);
    assert.match(err, /FAIL {2}metadata: .*about another issuer.*RFC 8414 §3/);
  });

  test('test walks through keys and a token, and says who it would be and what it would open', async () => {
    await using idp = await IdentityProvider.start();
    await using folder = await temporaryFolder('idp');
    const token = await idp.token(RESOURCE);
    const { code, out, err } = await run(['idp', 'test', 'corp', '-c', configFor(folder.path, idp), '--token-file', '-'], token);
    assert.equal(code, EXIT.ok, out + err);
    assert.match(out, /ok {4}recipient: opens crm\n/);
    assert.match(out, /ok {4}person: corp:agent; client agent; groups none; roles none; permissions crm:get_customer/);
    assert.ok(!out.includes(token.slice(-30)));
  });

  const wrong: readonly (readonly [string, (idp: IdentityProvider) => Promise<string>, object, RegExp])[] = [
    ['another recipient', (idp) => idp.token('https://other.example/mcp'), {}, /FAIL {2}recipient: is for https:\/\/other.example\/mcp.*RFC 8707/],
    ['another type', (idp) => idp.token(RESOURCE), { profile: 'google' }, /FAIL {2}algorithm and type: .*RFC 8725 §3.1/],
    ['another algorithm', (idp) => idp.token(RESOURCE), { algorithms: ['RS256'] }, /FAIL {2}algorithm and type: the algorithm ES256/],
    ['a changed signature', async (idp) => (await idp.token(RESOURCE)).replace(/.{4}$/, 'AAAA'), {}, /FAIL {2}signature: .*RFC 7515 §5.2/],
    ['no token in it', () => Promise.resolve('nothing'), {}, /FAIL {2}form: a token of 1 parts/],
  ];
  for (const [what, make, issuer, line] of wrong) {
    test(`test says of a token with ${what} what is wrong, by its clause, and ends with 7`, async () => {
      await using idp = await IdentityProvider.start();
      await using folder = await temporaryFolder('idp');
      const { code, out } = await run(['idp', 'test', 'corp', '-c', configFor(folder.path, idp, issuer), '--token-file', '-'], await make(idp));
      assert.equal(code, EXIT.findings, out);
      assert.match(out, line);
    });
  }

  test('list says which servers accept whom, and test of a misspelt name what was meant', async () => {
    await using idp = await IdentityProvider.start();
    await using folder = await temporaryFolder('idp');
    const config = configFor(folder.path, idp);
    assert.equal((await run(['idp', 'list', '-c', config])).out, `corp  ${idp.issuer}  rfc9068  crm\n`);
    assert.match((await run(['idp', 'test', 'crop', '-c', config])).err, /did you mean sallyport idp test corp/);
    assert.equal((await run(['idp', 'test', 'corp', '-c', config, '--token-file', join(folder.path, 'none')])).code, EXIT.usage);
  });
});

suite('The profile is guessed by the URL', () => {
  const cases = [
    ['https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0', 'entra-v2'], ['https://sts.windows.net/11111111-2222-3333-4444-555555555555/', 'entra-v1'],
    ['https://company.okta.com/oauth2/default', 'okta'], ['https://company.eu.auth0.com/', 'auth0'], ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a', 'cognito'],
    ['https://id.company.com/realms/company', 'keycloak'], ['https://accounts.google.com', 'google'], ['https://okta.com.evil.example/oauth2/x', 'rfc9068'],
  ] as const;
  for (const [url, profile] of cases) test(`${url} is ${profile}`, () => assert.equal(guessProfile(new URL(url)), profile));
});
