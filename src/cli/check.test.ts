import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryFolder } from '../../test/world/temporary-folder.ts';
import { runCli } from './cli.ts';

/** What a start would refuse of the receivers of the trail is refused by `sallyport check` too, without starting. */

const checked = async (sink: string, env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number; readonly err: string }> => {
  await using folder = await temporaryFolder('check-sinks');
  const file = join(folder.path, 'sallyport.yaml');
  writeFileSync(file, `servers: { crm: { command: [node] } }\naudit: { sinks: { siem: ${sink} } }\n`);
  let err = '';
  const code = await runCli(['check', file], { stdout: { write: () => undefined }, stderr: { write: (text: string) => void (err += text) }, env });
  return { code, err };
};

const WEBHOOK = '{ kind: webhook, url: "https://siem.company.com/records", secret: env:SIEM_SECRET';

suite('sallyport check', () => {
  test('reads the secrets and certificates of receivers of the trail', async () => {
    assert.deepEqual((await checked(`${WEBHOOK} }`, { SIEM_SECRET: 'siem-CANARY-1' })).code, 0);
  });

  for (const [what, sink, env, says] of [
    ['a secret that is not there', `${WEBHOOK} }`, {}, /audit\.sinks\.siem\.secret.*SIEM_SECRET is not set/s],
    ['a header whose secret is not there', `${WEBHOOK}, headers: { X-Token: env:NOWHERE } }`, { SIEM_SECRET: 'siem-CANARY-1' }, /audit\.sinks\.siem\.headers\.X-Token.*NOWHERE is not set/s],
    ['a file of certificates that is not there', '{ kind: syslog, host: logs.company.com, ca: /nowhere/ca.pem }', {}, /audit\.sinks\.siem\.ca/],
  ] as const)
    test(`refuses ${what}, and says where it stands`, async () => {
      const { code, err } = await checked(sink, env);
      assert.equal(code, 6, err);
      assert.match(err, says);
      assert.match(err, /next: /);
      assert.doesNotMatch(err, /CANARY/);
    });
});
