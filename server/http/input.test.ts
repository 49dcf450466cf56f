import { bulletinRequest } from '@tieng-lang/shared/contract/http/content';
import { playRequest } from '@tieng-lang/shared/contract/http/onair';
import { CodedError, type Language } from '@tieng-lang/shared/errors';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { parseInput } from './input.ts';

function faultsOf(schema: z.ZodType, input: unknown, language: Language = 'vi'): Record<string, string> {
  try {
    parseInput(schema, input, language);
    return {};
  } catch (error) {
    if (error instanceof CodedError) return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
    throw error;
  }
}

test('where one of two shapes would do, the fault named is that of the shape which was meant', () => {
  const upload = { title: 'Tiêm phòng', level: 'normal', mediaId: 7 };
  expect(faultsOf(bulletinRequest, upload)).toEqual({ mediaId: 'Phải là chữ' });
  expect(faultsOf(bulletinRequest, upload, 'en')).toEqual({ mediaId: 'Must be text' });
  expect(faultsOf(bulletinRequest, { title: 'Tiêm phòng', level: 'normal', text: '' })).toEqual({ text: 'Không được để trống' });
  expect(faultsOf(bulletinRequest, { title: 'Tiêm phòng', text: 'Mời bà con' })).toEqual({ level: 'Bắt buộc phải có' });
});

test('an unknown field is named by its own path, deep inside too', () => {
  const input = { bulletinId: 'b', targets: { clusters: ['HD-01'], everybody: true } };
  expect(faultsOf(playRequest, input)).toEqual({ 'targets.everybody': 'Không có trường này' });
});

test('a rule of the contract speaks the language of the caller', () => {
  const input = { targets: { all: true } };
  expect(faultsOf(playRequest, input)).toEqual({ '': 'Chọn một trong hai: programmeId hoặc bulletinId' });
  expect(faultsOf(playRequest, input, 'en')).toEqual({ '': 'give either programmeId or bulletinId' });
});

test('a body full of faults is answered with the first of them, not with a bigger body', () => {
  const targets = { clusters: Array.from({ length: 5000 }, () => 7) };
  expect(Object.keys(faultsOf(playRequest, { bulletinId: 'b', targets }))).toHaveLength(50);
});
