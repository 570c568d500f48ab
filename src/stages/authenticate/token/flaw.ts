/** Why a token opens nothing, in words for the record. It does not leave the room. */
export class TokenFlaw extends Error {
  /** `expired` may be told to whoever holds a token that is otherwise good; everything else is one answer. */
  readonly kind: 'invalid' | 'expired' | 'unchecked';

  constructor(reason: string, kind: TokenFlaw['kind'] = 'invalid') {
    super(reason);
    this.name = 'TokenFlaw';
    this.kind = kind;
  }
}
