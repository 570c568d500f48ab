#!/usr/bin/env node
// Plain JavaScript that any Node can read: its first job is to say in words when the Node is too old.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`sallyport needs Node.js 24 or newer; this is ${process.version}.\nInstall Node 24 (https://nodejs.org), or run: npx -p node@24 -p sallyport sallyport ${process.argv.slice(2, 3).join(' ')}\n`);
  process.exitCode = 1;
} else {
  const { existsSync } = await import('node:fs');
  // A checkout runs its sources, whatever an old build left beside them; the package has no sources.
  const source = new URL('../src/main.ts', import.meta.url);
  await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
}
