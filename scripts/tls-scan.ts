import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { listsAt, TestAuthority } from '../test/world/test-pki.ts';
import { TlsGateway } from '../test/world/tls-gateway.ts';

/**
 * `npm run tls-scan`: what sslscan and testssl.sh (Debian) say of a listener that speaks TLS, once without and once with a request for client
 * certificates. Fails when either finds anything above "low". What they would say of the certificate is kept out of it: it is one as an operator would have.
 */

const run = promisify(execFile);

const GRAVE = new Set(['MEDIUM', 'HIGH', 'CRITICAL']);
const LEAST_BITS = 128;
const DAYS_90_MS = 90 * 86_400_000;

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Both exit with what they have found, so that is no failure of theirs. */
const scan = (program: string, words: readonly string[]): Promise<string> =>
  run(program, [...words], { timeout: 300_000, maxBuffer: 50_000_000, env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' } }).then(
    ({ stdout }) => stdout,
    (error: { readonly code?: unknown; readonly stdout?: string }) => {
      if (error.code === 'ENOENT') throw new Error(`${program} is not there: apt-get install sslscan testssl.sh`);
      return error.stdout ?? '';
    },
  );

const bySslscan = async (target: string): Promise<readonly string[]> => {
  const xml = await scan('sslscan', ['--no-colour', '--xml=-', target]);
  const enabled = [...xml.matchAll(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g)].map(([, type = '', version = '']) => `${type} ${version}`);
  const suites = [...xml.matchAll(/<cipher [^>]*bits="(\d+)" cipher="([^"]+)"/g)].map(([, bits = '0', cipher = '']) => ({ bits: Number(bits), cipher }));
  if (enabled.length === 0 || suites.length === 0) throw new Error(`sslscan found no TLS at ${target}:\n${xml}`);
  console.log(`sslscan   ${enabled.join(', ')} · ${suites.map(({ cipher }) => cipher).join(' ')}`);
  return [
    ...enabled.filter((one) => one !== 'tls 1.2' && one !== 'tls 1.3').map((one) => `sslscan: ${one} is spoken`),
    ...suites.filter(({ bits, cipher }) => bits < LEAST_BITS || /CBC|RC4|NULL|EXP|anon/i.test(cipher)).map(({ cipher }) => `sslscan: ${cipher} is spoken`),
    ...(/<heartbleed [^>]*vulnerable="1"/.test(xml) ? ['sslscan: Heartbleed'] : []),
    ...(/<renegotiation supported="1"/.test(xml) ? ['sslscan: renegotiation'] : []),
  ];
};

const byTestssl = async (target: string, { folder, root }: { readonly folder: string; readonly root: string }): Promise<readonly string[]> => {
  const [json, authority] = [join(folder, `testssl-${String(Date.now())}.json`), join(folder, 'scan-root.pem')];
  writeFileSync(authority, root);
  const said = await scan('testssl', ['--quiet', '--color', '0', '--warnings', 'batch', '--add-ca', authority, '--jsonfile', json, target]);
  const findings = JSON.parse(readFileSync(json, 'utf8')) as readonly Finding[]; // testssl.sh's own
  if (!findings.some(({ id }) => id === 'TLS1_3')) throw new Error(`testssl.sh saw no TLS at ${target}:\n${said}`);
  const low = findings.filter(({ severity }) => severity === 'LOW').map(({ id }) => id);
  console.log(`testssl   ${String(findings.length)} findings, low: ${low.length === 0 ? 'none' : low.join(', ')}`);
  return findings.filter(({ severity }) => GRAVE.has(severity)).map(({ id, severity, finding }) => `testssl.sh: ${severity} ${id}: ${finding}`);
};

const main = async (): Promise<void> => {
  const root = TestAuthority.root('Scanned Root');
  const own = root.forServer({ untilMs: DAYS_90_MS, more: [listsAt('http://127.0.0.1:1/list.crl')] });
  const prepare = async (_folder: string, write: (name: string, content: string) => void): Promise<void> => {
    write('server.crt', own.cert);
    write('server.key', own.key);
  };
  const grave: string[] = [];
  for (const [what, tls] of [['without client certificates', {}], ['with client certificates', { ca: 'clients.crt', rejectUnauthorized: false }]] as const) {
    console.log(`A listener ${what}`);
    await using gateway = await TlsGateway.start({ tls, prepare });
    const target = `127.0.0.1:${String(gateway.port)}`;
    grave.push(...(await bySslscan(target)), ...(await byTestssl(target, { folder: gateway.folder, root: root.cert })));
  }
  if (grave.length > 0) throw new Error(`\n${grave.join('\n')}`);
  console.log('nothing above low');
};

await main();
