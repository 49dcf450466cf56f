import { CodedError, type InputFault, type Language } from '@tieng-lang/shared/errors';
import type * as z from 'zod';
import { inLanguage, WORDS } from './input-words.ts';

/** More faults than this help nobody, and an input of a megabyte can hold a hundred thousand. */
const FAULTS_MAX = 50;

/**
 * Validates what came in.
 * @throws CodedError `invalid-input` with each fault, by its path, in the caller's language
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, language: Language): z.output<Schema> {
  const read = schema.safeParse(input, { error: WORDS[language], reportInput: true });
  if (read.success) return read.data;
  const faults = flatten(read.error.issues).slice(0, FAULTS_MAX);
  throw new CodedError('invalid-input', {
    faults: faults.map(({ path, message }): InputFault => ({ path: path.map(String).join('.'), message: inLanguage(message, language) })),
  });
}

interface Fault {
  path: readonly PropertyKey[];
  message: string;
  /** A field is missing or unknown: a sign that another shape was meant. */
  misshapen: boolean;
}

function flatten(issues: readonly z.core.$ZodIssue[]): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const { path, message } = issue;
    // Each unknown field by its own path, as it would be looked for.
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message, misshapen: true }));
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      return nearest(issue.errors.map(flatten)).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
    }
    return [{ path, message, misshapen: issue.input === undefined }];
  });
}

/** Of the shapes that would do, the one that was most likely meant: its fields fit best, then it has the fewest faults. */
function nearest(shapes: readonly (readonly Fault[])[]): readonly Fault[] {
  const misfit = (shape: readonly Fault[]) => shape.filter((fault) => fault.misshapen).length;
  return shapes.reduce((best, shape) => ((misfit(shape) - misfit(best) || shape.length - best.length) < 0 ? shape : best));
}
