import { common } from './common.ts';
import { stations } from './stations.ts';
import { work } from './work.ts';

/** The truth about which texts there are; the words are those of the law and of the stations' people. */
export const vi = { ...common, ...stations, ...work };
