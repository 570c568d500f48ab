import { interactionPolicy } from 'oidc-provider';

/** Whoever is sent to a program on this very machine is asked each time: any program may wait there (RFC 8252 §8.6). */
const isLocal = (uri: unknown): boolean => typeof uri === 'string' && !uri.startsWith('https:');

/** When a person is asked: when nobody is signed in, when something was not agreed to before, and each time that the answer stays on this computer. */
export const askPolicy = () => {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  policy.get('consent').checks.remove('native_client_prompt');
  policy.get('consent').checks.add(new Check('local_redirect', 'a local client must be confirmed', 'consent_required', ({ oidc }) => isLocal(oidc.params?.['redirect_uri']) && oidc.result?.consent === undefined));
  policy.get('login').checks.add(new Check('account_gone', 'the account is no longer there', 'login_required', ({ oidc }) => oidc.session?.accountId !== undefined && oidc.account === undefined));
  return policy;
};
