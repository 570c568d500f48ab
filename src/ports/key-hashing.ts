/** How keys are turned into what is stored; the implementation lives in stages/authenticate. */
export interface KeyHashing {
  /** HMAC-SHA-256 under the data directory's hash key, 32 bytes. */
  hash(presented: string): Buffer;
}
