import type { Attribute } from './attributes.ts';

export type Operator = 'eq' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** What is asked of a user, a group, or one value of either (RFC 7644 §3.4.2.2). `ne` is the denial of `eq`. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'present'; readonly attribute: Attribute }
  | { readonly kind: 'compare'; readonly attribute: Attribute; readonly operator: Operator; readonly value: string | number | boolean }
  /** One value of several is all of this at once. */
  | { readonly kind: 'within'; readonly name: string; readonly filter: Filter };
