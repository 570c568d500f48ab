/** Does all the work, a few pieces at a time, and keeps the order of the outcomes. */
export async function pool<Outcome>(limit: number, work: readonly (() => Promise<Outcome>)[]): Promise<PromiseSettledResult<Outcome>[]> {
  const outcomes: PromiseSettledResult<Outcome>[] = [];
  const remaining = work.entries();
  const worker = async (): Promise<void> => {
    for (const [index, piece] of remaining) [outcomes[index]] = await Promise.allSettled([piece()]);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return outcomes;
}
