import { errors, type Context } from 'oidc-provider';

const RETRY_AFTER_S = '30';

/** Nobody can tell now whether what a client has brought is good: whoever brings something good asks again (RFC 6749 §4.1.2.1). */
export const notNow = (context: Context, { description, detail }: { readonly description: string; readonly detail: string }): Error => {
  context.set('Retry-After', RETRY_AFTER_S);
  return Object.assign(new errors.TemporarilyUnavailable(description, { detail }), { status: 503, statusCode: 503 });
};
