import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runCli } from '../src/cli/cli.ts';

/**
 * `npm run scan-packages -- [NAME@VERSION…]`: what `sallyport scan` says of public packages as npm has them, for the table of docs/scan.md. Those below speak of keys,
 * tokens and passwords on every page, and hold none; each finding is read by a person. Needs the registry and `tar`, and runs nothing of a package.
 */

const PACKAGES = [
  'jsonwebtoken@9.0.3', 'passport@0.7.0', 'next-auth@4.24.15', 'stripe@23.1.0', 'openai@7.57.0', 'firebase-admin@14.5.1', 'twilio@6.2.0', 'discord.js@14.28.1', 'mongodb@7.9.0',
  'pg@8.23.1', '@slack/web-api@8.2.0', '@octokit/auth-app@8.3.1', '@azure/identity@4.14.1', 'aws-sdk@2.1693.0', 'express@5.3.0', '@modelcontextprotocol/inspector@2.12.0',
  '@modelcontextprotocol/server-everything@2026.8.31',
];

const run = promisify(execFile);

interface Told {
  readonly certainty: string;
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly masked: string;
}

const scanned = async (folder: string): Promise<{ readonly told: readonly Told[]; readonly texts: string }> => {
  const said = async (...words: readonly string[]): Promise<string> => {
    let out = '';
    await runCli(['scan', folder, ...words], { stdout: { write: (text: string) => void (out += text) }, stderr: { write: () => undefined }, env: { NO_COLOR: '1', PATH: process.env['PATH'] } });
    return out;
  };
  const told = (await said('--json')).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told); // what --json prints
  return { told, texts: / in (\d+ texts?)\n$/.exec(await said())?.[1] ?? 'no texts' };
};

const measure = async (name: string, folder: string): Promise<number> => {
  await run('npm', ['pack', name, '--silent', '--ignore-scripts', '--pack-destination', folder], { timeout: 300_000 });
  const [archive = ''] = readdirSync(folder);
  await run('tar', ['-xzf', join(folder, archive), '-C', folder]);
  const { told, texts } = await scanned(folder);
  const certain = told.filter(({ certainty }) => certainty === 'certain').length;
  console.log(`| ${name} | ${texts.replace(/ texts?/, '')} | ${String(certain)} | ${String(told.length - certain)} |`);
  for (const { rule, path, line, masked } of told) console.error(`    ${rule}  ${path.slice(path.indexOf('/package/') + 9)}:${String(line)}  ${masked}`);
  return told.length;
};

const names = process.argv.slice(2);
let total = 0;
for (const name of names.length === 0 ? PACKAGES : names) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-packages-'));
  try {
    total += await measure(name, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
console.log(`${String(total)} findings`);
