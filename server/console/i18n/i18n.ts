import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { vi } from './vi/index.ts';

export type Language = 'vi' | 'en';
const STORED = 'tl-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof vi };
  }
}

/** English has the keys of Vietnamese, and a singular (`…_one`) where it needs one. */
export type Translation<Of> = {
  readonly [Key in keyof Of]: Of[Key] extends string ? string : Translation<Of[Key]>;
} & { readonly [Key in keyof Of & string as Of[Key] extends string ? `${Key}_one` : never]?: string };

/** Vietnamese comes with the page; English is fetched when it is chosen. */
export async function startTranslations(): Promise<i18n> {
  const instance = i18next.createInstance();
  await instance.use(initReactI18next).init({
    lng: 'vi',
    fallbackLng: 'vi',
    resources: { vi: { translation: vi } },
    interpolation: { escapeValue: false },
  });
  if (localStorage.getItem(STORED) === 'en') await chooseLanguage(instance, 'en');
  document.documentElement.lang = instance.language;
  return instance;
}

export async function chooseLanguage(instance: i18n, language: Language): Promise<void> {
  if (language === 'en' && !instance.hasResourceBundle('en', 'translation')) {
    const { en } = await import('./en/index.ts');
    instance.addResourceBundle('en', 'translation', en);
  }
  await instance.changeLanguage(language);
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
}

export const languageOf = (instance: i18n): Language => (instance.language === 'en' ? 'en' : 'vi');
