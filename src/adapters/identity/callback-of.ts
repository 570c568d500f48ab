import type { LoginAttempt } from '../../ports/identity-provider.ts';

/** The address the browser came back to, as the provider knows it: of what came only the query counts, because a proxy may have changed the rest. */
export const callbackOf = (callback: URL, { redirectUri }: LoginAttempt): URL => {
  const url = new URL(redirectUri);
  for (const [name, value] of callback.searchParams) url.searchParams.append(name, value);
  return url;
};
