import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Secret } from '../../model/secret.ts';

const TIMEOUT_MS = 15_000;
const MOST_REPLY = 16_384;

/** Where mail is handed in, and as whom. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit' | 'none';
  readonly ca: string | undefined;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

/** One mail, with addresses that were checked and a text that is ready to be sent. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
}

interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** One connection: what is said is answered before more is said (RFC 5321 §4.2). */
class SmtpConnection {
  #socket: Socket;
  #text = '';
  #waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** The next reply. @throws Error when the connection is gone, or too slow */
  reply(): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#read();
    });
  }

  /** Says a line and takes the reply. @throws Error when it is of another kind; what was said is in no message, because it may be a password */
  async say(line: string, wanted: number, step: string): Promise<Reply> {
    this.#socket.write(`${line}\r\n`);
    return this.expect(wanted, step);
  }

  async expect(wanted: number, step: string): Promise<Reply> {
    const reply = await this.reply();
    if (Math.floor(reply.code / 100) !== wanted) throw new Error(`the mail server answers ${String(reply.code)} to ${step}`);
    return reply;
  }

  /** Goes on over TLS. What came in plain text before is thrown away: it was nobody's word (RFC 3207 §4.2). */
  async secure({ host, ca }: Pick<SmtpSettings, 'host' | 'ca'>): Promise<void> {
    const plain = this.#socket;
    plain.removeAllListeners();
    this.#text = '';
    this.#socket = connectTls({ socket: plain, minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : { host }), ...(ca === undefined ? {} : { ca }) });
    await new Promise<void>((resolve, reject) => void this.#socket.once('secureConnect', () => resolve()).once('error', reject));
    this.#socket.removeAllListeners('error');
    this.#listen();
  }

  #listen(): void {
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#socket.destroy(new Error('the mail server does not answer in time')));
    this.#socket.on('error', (error) => this.#fail(error)).on('close', () => this.#fail(new Error('the mail server has closed the connection')));
    this.#socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      if (this.#text.length > MOST_REPLY) this.#socket.destroy(new Error('the mail server says too much'));
      else this.#read();
    });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }

  /** A reply ends with the first line that has a space behind its code. */
  #read(): void {
    const end = /^(\d{3})(?: [^\r\n]*)?\r\n/m.exec(this.#text);
    if (end === null || this.#waiting === undefined) return;
    const whole = this.#text.slice(0, end.index + end[0].length);
    this.#text = this.#text.slice(whole.length);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve({ code: Number(end[1]), lines: whole.split('\r\n').filter((line) => line !== '').map((line) => line.slice(4)) });
  }
}

const open = ({ host, port, tls, ca }: SmtpSettings): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = tls === 'implicit' ? connectTls({ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) }) : connectPlain({ host, port });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('the mail server does not answer in time')));
    socket.once('error', reject).once(tls === 'implicit' ? 'secureConnect' : 'connect', () => {
      socket.removeAllListeners();
      resolve(socket);
    });
  });

const greet = async (connection: SmtpConnection): Promise<ReadonlySet<string>> => {
  const { lines } = await connection.say('EHLO sallyport', 2, 'EHLO');
  return new Set(lines.map((line) => line.split(' ')[0]?.toUpperCase() ?? ''));
};

const login = async (connection: SmtpConnection, { user, password }: SmtpSettings): Promise<void> => {
  if (user === undefined || password === undefined) return;
  await connection.say(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password.reveal()}`).toString('base64')}`, 2, 'AUTH PLAIN');
};

/** Over TLS, unless none was asked for: a server that does not offer it gets neither the password nor the mail (a stripped STARTTLS is refused). */
const secured = async (connection: SmtpConnection, settings: SmtpSettings): Promise<void> => {
  await connection.expect(2, 'the connection');
  const offers = await greet(connection);
  if (settings.tls !== 'starttls') return;
  if (!offers.has('STARTTLS')) throw new Error('the mail server offers no STARTTLS');
  await connection.say('STARTTLS', 2, 'STARTTLS');
  await connection.secure(settings);
  await greet(connection);
};

/**
 * Hands in one mail (RFC 5321), on a connection of its own.
 * @throws Error when the server has not taken it
 */
export const sendMail = async (settings: SmtpSettings, { from, to, data }: Mail): Promise<void> => {
  const connection = new SmtpConnection(await open(settings));
  try {
    await secured(connection, settings);
    await login(connection, settings);
    await connection.say(`MAIL FROM:<${from}>`, 2, 'MAIL FROM');
    for (const address of to) await connection.say(`RCPT TO:<${address}>`, 2, 'RCPT TO');
    await connection.say('DATA', 3, 'DATA');
    await connection.say(`${data}\r\n.`, 2, 'the mail');
    connection.socket.end('QUIT\r\n');
  } finally {
    connection.socket.removeAllListeners().on('error', () => undefined).destroySoon();
  }
};
