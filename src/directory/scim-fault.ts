import { GatewayError } from '../errors/gateway-error.ts';

type Code = 'scim.invalid-syntax' | 'scim.invalid-filter' | 'scim.invalid-path' | 'scim.invalid-value' | 'scim.no-target' | 'scim.too-many' | 'scim.uniqueness' | 'scim.not-found';

/** A refusal in words that the directory may show to whoever runs it. */
export const scimFault = (code: Code, detail: string): GatewayError => new GatewayError(code, { reason: detail.slice(0, 200), detail });
