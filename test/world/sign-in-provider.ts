import { join } from 'node:path';
import { startProcess, type RunningProcess } from './running-process.ts';

const folder = join(import.meta.dirname, '../fixtures/sign-in');

/** The client that a gateway is at each. */
export const SIGN_IN_CLIENTS = {
  github: { id: 'github-client', secret: 'github-secret-0123456789' },
  google: { id: 'google-client.apps.googleusercontent.com', secret: 'google-secret-0123456789' },
} as const;

/** A stand-in of GitHub or Google in a process of its own, which behaves as their documents say. */
export class SignInProvider implements AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly #process: RunningProcess;
  #told = 0;

  private constructor(running: RunningProcess, origin: string) {
    [this.#process, this.origin, this.port] = [running, origin, Number(new URL(origin).port)];
  }

  static async start(kind: keyof typeof SIGN_IN_CLIENTS): Promise<SignInProvider> {
    const running = startProcess([process.execPath, join(folder, `${kind}.ts`)], { hears: true });
    try {
      const [, origin = ''] = await running.says(/^origin (\S+)$/m);
      return new SignInProvider(running, origin);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** Who sits before it, and what it does. */
  async tell(state: object): Promise<void> {
    await this.#say(JSON.stringify(state));
  }

  /** The requests that came: method and path with query. */
  async asked(): Promise<readonly string[]> {
    return JSON.parse(await this.#say('asked')) as readonly string[]; // the program writes a list of texts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }

  async #say(line: string): Promise<string> {
    this.#told += 1;
    const number = String(this.#told);
    this.#process.tell(line);
    const [, answer = ''] = await this.#process.says(new RegExp(`^answer ${number} (.*)\\n`, 'm'));
    return answer;
  }
}

/** A browser that is sent to a provider and back: the address it is to come back to, which nobody has to serve. */
export const comeBack = async (url: URL): Promise<URL> => {
  const answer = await fetch(url, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`the provider answered ${String(answer.status)}: ${(await answer.text()).slice(0, 200)}`);
  await answer.body?.cancel();
  return new URL(location);
};
