/** What scopes imply, as it is configured: `crm-admin: [crm:write]`. */
export type ScopeImplications = Readonly<Record<string, readonly string[]>>;

/**
 * Reads out what broader scopes bring along, however long the chain: a broader scope satisfies a narrower need (RS-11).
 * @returns a function that adds what is implied, each scope once, in the order found
 */
export const scopeHierarchy = (implies: ScopeImplications): ((scopes: readonly string[]) => readonly string[]) => {
  const direct = new Map(Object.entries(implies));
  if (direct.size === 0) return (scopes) => scopes;
  return (scopes) => {
    // A set is walked to what is added to it on the way, so a circle ends.
    const all = new Set(scopes);
    for (const scope of all) for (const implied of direct.get(scope) ?? []) all.add(implied);
    return [...all];
  };
};
