import { common } from './common.ts';
import { stations } from './stations.ts';
import { work } from './work.ts';

/** The same texts in English. */
export const en = { ...common, ...stations, ...work };
