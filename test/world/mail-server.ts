import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface MailServerOptions {
  readonly key: string;
  readonly cert: string;
  /** Whether STARTTLS is offered. */
  readonly offersTls?: boolean;
  /** What is answered to a command that begins so, in place of what is right. */
  readonly answers?: Readonly<Record<string, string>>;
  /** What an attacker in the middle puts behind the answer to STARTTLS. */
  readonly injected?: string;
}

/** What one mail server has heard. */
export interface Heard {
  /** Commands and whether they came over TLS. */
  readonly commands: { readonly line: string; readonly secure: boolean }[];
  readonly mails: string[];
}

/** A mail server of the test's own, on a port of the loopback. */
export class MailServer implements AsyncDisposable {
  readonly heard: Heard = { commands: [], mails: [] };
  readonly #options: MailServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: MailServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      this.#serve(socket, false);
      socket.write('220 mail.test ready\r\n');
    });
  }

  static async start(options: MailServerOptions): Promise<MailServer> {
    const server = new MailServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // a TCP server's
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket, secure: boolean): void {
    let text = '';
    let mail: string[] | undefined;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (mail === undefined) mail = this.#command(socket, line, secure);
        else if (line === '.') {
          this.heard.mails.push(mail.join('\n'));
          mail = undefined;
          socket.write('250 taken\r\n');
        } else mail.push(line);
      }
    });
  }

  /** Answers a command. @returns the beginning of a mail after DATA */
  #command(socket: Socket, line: string, secure: boolean): string[] | undefined {
    this.heard.commands.push({ line, secure });
    const verb = line.split(/[ :]/)[0] ?? '';
    const odd = this.#options.answers?.[verb];
    if (odd !== undefined) socket.write(`${odd}\r\n`);
    else if (verb === 'EHLO') socket.write(`250-mail.test\r\n${this.#options.offersTls === false || secure ? '' : '250-STARTTLS\r\n'}250 AUTH PLAIN\r\n`);
    else if (verb === 'STARTTLS') this.#secure(socket);
    else if (verb === 'AUTH') socket.write('235 welcome\r\n');
    else if (verb === 'DATA') {
      socket.write('354 go on\r\n');
      return [];
    } else socket.write(verb === 'QUIT' ? '221 bye\r\n' : '250 fine\r\n');
    return undefined;
  }

  #secure(socket: Socket): void {
    socket.removeAllListeners('data');
    socket.write(`220 go ahead\r\n${this.#options.injected ?? ''}`);
    const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ key: this.#options.key, cert: this.#options.cert }) });
    this.#serve(secured, true);
  }
}
