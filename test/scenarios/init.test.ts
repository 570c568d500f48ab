import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { IdentityProvider } from '../world/identity-provider.ts';
import { crmServer, main } from '../world/oauth-gateway.ts';
import { freePort } from '../world/ports.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

/** From nothing to a gateway that works, by what `sallyport init` says and nothing else (R59, R128). */

interface Walk {
  readonly say: (...words: readonly string[]) => Promise<string>;
  readonly serve: () => Promise<RunningProcess & AsyncDisposable>;
  readonly file: string;
  readonly data: string;
}

const inFolder = async (env: Readonly<Record<string, string>>, work: (walk: Walk) => Promise<void>): Promise<void> => {
  await using folder = await temporaryFolder('init');
  const [file, data] = [join(folder.path, 'sallyport.yaml'), join(folder.path, 'data')];
  const say = async (...words: readonly string[]): Promise<string> => {
    await using running = startProcess([process.execPath, main, ...words, '--data', data], { env });
    await running.exited;
    return running.stdout() + running.stderr();
  };
  const serve = async (): Promise<RunningProcess> => {
    const running = startProcess([process.execPath, main, 'serve', '-c', file, '--data', data], { env });
    await running.says(/listening/, 20_000);
    return running;
  };
  await work({ say, serve, file, data });
};

const onFreePort = async (file: string): Promise<number> => {
  const port = await freePort();
  writeFileSync(file, `${readFileSync(file, 'utf8')}\nlisten: { port: ${String(port)} }\nmetrics: { enabled: false }\n`);
  return port;
};

suite('sallyport init', () => {
  test('leads one person to a gateway with a key', () =>
    inFolder({}, async ({ say, serve, file }) => {
      assert.match(await say('init', '-c', file, '--profile', 'solo', '--name', 'crm', '--', process.execPath, crmServer), /3 → the gateway runs/);
      await onFreePort(file);
      await using _gateway = await serve();
      const asked = await say('init', '-c', file);
      const command = /^ +(sallyport keys create .*)$/m.exec(asked)?.[1] ?? assert.fail(asked);
      await say(...command.split(' ').slice(1).map((word) => word.replaceAll("'", '')).filter((_word, at, all) => all[at - 1] !== '--data' && all[at] !== '--data'));
      assert.match(await say('init', '-c', file), /4 ✓ there is a key\n {2}all of it is there/);
    }));

  test('leads a team to the first sign-in, and sees what is wrong on the way', async () => {
    await using idp = await IdentityProvider.start();
    await inFolder({ MCP_OAUTH_COMPANY_CLIENT_ID: 'gateway', MCP_OAUTH_COMPANY_CLIENT_SECRET: 'a-secret' }, async ({ say, serve, file }) => {
      await say('init', '-c', file, '--profile', 'team', '--sign-in', idp.issuer, '--public-url', 'https://mcp.acme.com', '--name', 'crm', '--', process.execPath, crmServer);
      assert.match(await say('init', '-c', file), /sallyport\.yaml:\d+.*fetch\.allow|2 → the provider knows the gateway\n.*\n.*fetch\.allow/, 'the provider is private');
      const port = await onFreePort(file);
      const text = readFileSync(file, 'utf8').replace('port: 3211', `port: ${String(await freePort())}`);
      writeFileSync(file, `${text}fetch: { allow: ["127.0.0.1:${String(idp.port)}"] }\n`);
      assert.match(await say('init', '-c', file), /2 ✓ the provider knows the gateway\n {2}3 → the gateway runs/);
      writeFileSync(file, readFileSync(file, 'utf8').replace('publicUrl: https://mcp.acme.com', `publicUrl: http://127.0.0.1:${String(await freePort())}`));
      await using _first = await serve();
      assert.match(await say('init', '-c', file), /4 → the public URL leads to it\n.*does not answer/);
      await _first.stop();
      writeFileSync(file, readFileSync(file, 'utf8').replace(/publicUrl: .*/, `publicUrl: http://127.0.0.1:${String(port)}`));
      await using _second = await serve();
      assert.match(await say('init', '-c', file), new RegExp(`4 ✓ .*\\n {2}5 → somebody has signed in\\n.*\\n +claude mcp add --transport http crm http://127\\.0\\.0\\.1:${String(port)}/mcp`));
    });
  });
});
