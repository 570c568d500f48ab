import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts';
import { GatewayError, type Circumstances } from '../errors/gateway-error.ts';
import type { Reply } from '../model/exchange.ts';

/** A refusal whose reply is written already, by the provider or as a page. */
export class AnsweredRefusal extends GatewayError {
  readonly reply: Reply;

  constructor(code: ErrorCode, circumstances: Circumstances, reply: Reply) {
    super(code, circumstances);
    this.reply = reply;
  }
}

/** What the provider calls `invalid_grant` is `oauth.invalid-grant` here; what has no row of its own is a request that is not understood. */
export const codeOf = (error: string): ErrorCode => {
  if (error === 'server_error') return 'house.fault';
  const code = `oauth.${error.replaceAll('_', '-')}`;
  return code in CATALOGUE ? (code as ErrorCode) : 'oauth.invalid-request'; // it is a key of the catalogue
};
