import type { SignInConfig } from './sign-in-schema.ts';

/** Where GitHub and Google send browsers back to, as the founding documents have it, and its other name (R7). */
export const SHARED_CALLBACK = '/auth/oauth/callback';
export const SHORT_CALLBACK = '/auth/callback';

/**
 * Where a provider sends browsers back to. One that anybody could have set up has an address of its own, so that its answer is never taken for that
 * of another (mix-up, RFC 9700 §4.4.2.2).
 */
export const callbackPath = (name: string, { kind }: Pick<SignInConfig, 'kind'>): string => (kind === 'oidc' ? `/auth/oauth/${name}/callback` : SHARED_CALLBACK);
