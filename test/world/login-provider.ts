import { join } from 'node:path';
import { startProcess, type RunningProcess } from './running-process.ts';

const program = join(import.meta.dirname, '../fixtures/login-issuer/login-issuer.ts');

/** A real identity provider with logins, consent and registration of clients, in a process of its own. */
export class LoginProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly port: number;
  readonly #process: RunningProcess;

  private constructor(running: RunningProcess, issuer: string) {
    [this.#process, this.issuer, this.port] = [running, issuer, Number(new URL(issuer).port)];
  }

  static async start(): Promise<LoginProvider> {
    const running = startProcess([process.execPath, program]);
    try {
      const [, issuer = ''] = await running.says(/^issuer (\S+)$/m);
      return new LoginProvider(running, issuer);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

const MOST_STEPS = 12;

/** A browser: follows redirects with its cookies until it is sent back to the client, and says with which parameters. */
export const browse = async (start: URL, redirectUri: string): Promise<URLSearchParams> => {
  const cookies = new Map<string, string>();
  let at = start;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
    const said = await answer.text();
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`the browser stands at ${at.pathname}: ${String(answer.status)} ${said.slice(0, 300)}`);
    at = new URL(location, at);
    if (at.href.startsWith(redirectUri)) return at.searchParams;
  }
  throw new Error('the browser is sent around in circles');
};
