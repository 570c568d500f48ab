import { hash } from 'node:crypto';
import { inspect } from 'node:util';

/**
 * A value that must not be seen. Every way JavaScript has of turning an object into text prints `[secret]`, so a
 * secret can reach a log or an error only by an explicit `reveal()`, which only inject and adapters call.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value: for the one place that must send or hash it. */
  reveal(): string {
    return this.#value;
  }

  /** Changes when the value does, and tells nothing about it: to see that a secret was rotated. */
  fingerprint(): string {
    return hash('sha256', this.#value);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
