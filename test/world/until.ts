import { setTimeout as pause } from 'node:timers/promises';

export type Patience = { readonly withinMs: number; readonly everyMs?: number; readonly signal?: AbortSignal };

/** Asks again and again until the answer is something, and gives up, with the question in words, when time is up. */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined>, patience: Patience): Promise<Answer> {
  const { withinMs, everyMs = 25, signal } = patience;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    signal?.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for this: ${what}`);
    await pause(everyMs);
  }
}
