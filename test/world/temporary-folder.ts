import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TemporaryFolder = AsyncDisposable & { readonly path: string };

const removal = { recursive: true, force: true, maxRetries: 3 };
const existing = new Set<string>();

// A process that ends early, by an error or an interruption, disposes of nothing; its folders must not stay.
process.on('exit', () => {
  for (const path of existing) rmSync(path, removal);
});

async function remove(path: string): Promise<void> {
  await rm(path, removal);
  existing.delete(path);
}

/** An empty folder of one's own; `await using` removes it with all that is in it. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  // The real path, because a server that compares paths sees through a link such as macOS's /tmp.
  const path = await realpath(await mkdtemp(join(tmpdir(), `sallyport-${name}-`)));
  existing.add(path);
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}
