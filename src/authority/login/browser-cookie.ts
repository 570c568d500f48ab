import type { RequestHeaders } from '../../model/exchange.ts';

/** A cookie that is for this very host alone, and that no script reads (RFC 6265bis §4.1.3.2). Over plain http on loopback no browser would keep the prefix. */
export class BrowserCookie {
  readonly name: string;
  readonly #attributes: string;

  /** @param name without the prefix */
  constructor(name: string, { secure }: { readonly secure: boolean }) {
    this.name = secure ? `__Host-${name}` : name;
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  set(value: string, seconds: number): string {
    return `${this.name}=${value}; Max-Age=${String(seconds)}; ${this.#attributes}`;
  }

  clear(): string {
    return `${this.name}=; Max-Age=0; ${this.#attributes}`;
  }

  /** Its value; undefined when there is none, or two of which nobody could say which is meant (attacks.md B04). */
  read({ cookie = '' }: RequestHeaders): string | undefined {
    const found = cookie.split(';').map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${this.name}=`));
    return found.length === 1 ? found[0]?.slice(this.name.length + 1) : undefined;
  }
}
