type Work = () => void | Promise<void>;

const onceMs = async (work: Work): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/**
 * How many times as much CPU some work takes as other work of the same size. Both are measured in turns within one run, so that neither a
 * slow machine nor a busy one decides; the least of three counts, since the first also compiles.
 *
 * @param work what may be dear
 * @param yardstick what is known to be cheap; at least some milliseconds of it, or the clock's grain decides
 */
export const timesAsDear = async (work: Work, yardstick: Work): Promise<number> => {
  const [dear, cheap]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    cheap.push(await onceMs(yardstick));
    dear.push(await onceMs(work));
  }
  return Math.min(...dear) / Math.min(...cheap);
};
