import type { Detector } from '../finding.ts';
import { forms } from './forms.ts';
import { keptRules } from './kept-rules.ts';
import { kubernetes } from './kubernetes.ts';
import { named } from './named.ts';
import { ours } from './ours.ts';

/** Who looks, the surest first: of two who find the same, the first says what it is. */
export const DETECTORS: readonly Detector[] = [ours, keptRules, forms, kubernetes, named];
