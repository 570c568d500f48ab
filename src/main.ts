import { keepCompiled } from './cli/compile-cache.ts';

// Before anything else is imported, or it would not be kept.
keepCompiled(process);
const { runCli } = await import('./cli/cli.ts');

// `sallyport audit | head`: a reader that has seen enough is no failure.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), process);
