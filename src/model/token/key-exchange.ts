/** RFC 8693: one token for another. What is exchanged here is a key of this gateway, by whoever holds it. */
export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const KEY_TYPE = 'urn:sallyport:params:oauth:token-type:api-key';

/** The client that may do so: the gateway's own command line. */
export const COMMAND_LINE_CLIENT = 'sallyport-cli';
