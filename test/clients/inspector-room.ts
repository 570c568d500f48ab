import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../world/ports.ts';
import { startProcess, type RunningProcess } from '../world/running-process.ts';
import { temporaryFolder } from '../world/temporary-folder.ts';

const launcher = join(import.meta.dirname, '../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');

/** What it keeps of each server, by its URL: what it has discovered, and, by issuer, as which client it is known there. */
const state = z.object({
  servers: z.record(z.string(), z.object({
    discoveryState: z.object({ authorizationServerMetadata: z.object({ revocation_endpoint: z.string() }) }),
    byIssuer: z.record(z.string(), z.object({ clientInformation: z.object({ client_id: z.string() }), clientRegistrationKind: z.string() })),
  })),
});
const secrets = z.object({ secrets: z.record(z.string(), z.string()) });
const tokens = z.object({ access_token: z.string(), refresh_token: z.string() });

/** The real Inspector, whose files are in a folder of the test; no browser opens by itself, because it has no PATH to find one by. */
export class InspectorRoom implements AsyncDisposable {
  readonly #folder: string;
  readonly #owned: AsyncDisposableStack;

  private constructor(folder: string, owned: AsyncDisposableStack) {
    [this.#folder, this.#owned] = [folder, owned];
  }

  static async open(): Promise<InspectorRoom> {
    await using owned = new AsyncDisposableStack();
    const folder = owned.use(await temporaryFolder('inspector'));
    return new InspectorRoom(folder.path, owned.move());
  }

  /** Starts its page in front of a server. @returns where the page is */
  async page(server: string): Promise<string> {
    const port = String(await freePort());
    const env = { CLIENT_PORT: port, MCP_SANDBOX_PORT: '0', MCP_AUTO_OPEN_ENABLED: 'false', MCP_INSPECTOR_API_TOKEN: randomBytes(16).toString('hex') };
    const running = this.#owned.use(this.#run(['--web', '--server-url', server, '--transport', 'http'], env));
    const [, url = ''] = await running.says(/up and running at:\s+(\S+)/);
    // By address, as its redirect URI is to be, which is where its page is.
    return url.replace('//localhost:', '//127.0.0.1:');
  }

  /** Begins a run of its command line, which says where to sign in when it has to and waits for the answer, as it does for a person at a terminal. */
  command(args: readonly string[]): RunningProcess {
    return this.#run(['--cli', ...args], { MCP_AUTO_OPEN_ENABLED: 'true' });
  }

  /** The client that it is at a server, and where it would revoke. */
  known(server: string): { readonly clientId: string; readonly kind: string; readonly revocation: string } | undefined {
    const kept = this.#read('oauth.json', state)?.servers[server];
    const [slot] = Object.values(kept?.byIssuer ?? {});
    if (kept === undefined || slot === undefined) return undefined;
    return { clientId: slot.clientInformation.client_id, kind: slot.clientRegistrationKind, revocation: kept.discoveryState.authorizationServerMetadata.revocation_endpoint };
  }

  /** The tokens that it has now, of its one server. */
  tokens(): { readonly access: string; readonly refresh: string } | undefined {
    const [, text] = Object.entries(this.#read('secrets.json', secrets)?.secrets ?? {}).find(([name]) => name.includes(':tokens:')) ?? [];
    if (text === undefined) return undefined;
    const { access_token: access, refresh_token: refresh } = tokens.parse(JSON.parse(text));
    return { access, refresh };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  #run(args: readonly string[], env: Readonly<Record<string, string>>): RunningProcess {
    const places = { HOME: this.#folder, MCP_STORAGE_DIR: this.#folder, MCP_INSPECTOR_SECRET_STORE: 'file', PATH: '', HOST: '127.0.0.1' };
    return startProcess([process.execPath, launcher, ...args], { env: { ...places, ...env }, cwd: this.#folder });
  }

  #read<Shape>(file: string, shape: z.ZodType<Shape>): Shape | undefined {
    const path = join(this.#folder, file);
    return existsSync(path) ? shape.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
  }
}
