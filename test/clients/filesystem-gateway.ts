import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGateway } from '../world/gateway-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

export type FilesystemGateway = AsyncDisposable & {
  readonly url: string;
  readonly key: string;
  /** A file the filesystem server may read, and what is in it. */
  readonly file: string;
  readonly text: string;
  /** An empty folder outside of the served one, for what a client wants to keep. */
  readonly home: string;
};

const serverFile = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');

/** The gateway before a server that somebody else wrote: the official filesystem server, over stdio, on a temporary folder. */
export async function startFilesystemGateway(): Promise<FilesystemGateway> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await temporaryFolder('clients'));
  const [served, home] = [join(folder.path, 'served'), join(folder.path, 'home')];
  await Promise.all([mkdir(served), mkdir(home)]);
  const [file, text] = [join(served, 'greeting.txt'), 'Hello through the gateway.'];
  await writeFile(file, text);
  const gateway = owned.use(await startGateway({ name: 'files', upstream: [process.execPath, serverFile, served] }));
  const kept = owned.move();
  return { url: gateway.url, key: gateway.key, file, text, home, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
