import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Jade: the station's own colour. White on shade 6 has a contrast of 5.3 : 1 (WCAG AA asks 4.5). */
const jade: MantineColorsTuple = [
  '#e9f5f1',
  '#d0e9e1',
  '#a5d5c7',
  '#74bda9',
  '#48a68d',
  '#249077',
  '#0f7a62',
  '#0b6552',
  '#085042',
  '#053a30',
];
/** Ripe rice: what waits for a person, and priority. Shade 8 is for text on shade 0. */
const rice: MantineColorsTuple = [
  '#fdf6e3',
  '#faeac0',
  '#f5d98a',
  '#efc553',
  '#e6b02a',
  '#c8920f',
  '#95690a',
  '#7d5807',
  '#644605',
  '#473203',
];
/** Cinnabar: stop, refused, emergency. White on shade 6 has 5.6 : 1. */
const cinnabar: MantineColorsTuple = [
  '#fdefed',
  '#f9d8d3',
  '#f1b0a7',
  '#e88678',
  '#df6250',
  '#d24735',
  '#bf3426',
  '#a2291d',
  '#821f15',
  '#60150e',
];
/** Slate with a breath of green, so that greys sit with jade. */
const gray: MantineColorsTuple = [
  '#f7f8f7',
  '#eef1f0',
  '#e2e7e5',
  '#d1d9d6',
  '#b3bfbb',
  '#8b9995',
  '#63726e',
  '#485652',
  '#2f3c38',
  '#1d2825',
];
const dark: MantineColorsTuple = [
  '#dfe7e4',
  '#bcc8c4',
  '#9caaa5',
  '#74837e',
  '#43504c',
  '#36423e',
  '#27322f',
  '#1c2523',
  '#141c1a',
  '#0d1312',
];

export const theme = createTheme({
  colors: { jade, rice, cinnabar, gray, dark },
  primaryColor: 'jade',
  primaryShade: { light: 6, dark: 6 },
  fontFamily: '"Be Vietnam Pro", system-ui, sans-serif',
  headings: { fontFamily: '"Be Vietnam Pro", system-ui, sans-serif', fontWeight: '600' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '10px', lg: '14px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // A finger needs 44 px; inputs below 16 px of text make iOS zoom into the page.
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    Select: { defaultProps: { size: 'md', checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { size: 'md', checkIconPosition: 'right' } },
    DatePickerInput: { defaultProps: { size: 'md', valueFormat: 'DD/MM/YYYY' } },
    TimePicker: { defaultProps: { size: 'md' } },
    Modal: { defaultProps: { centered: true, radius: 'lg', padding: 'lg' }, styles: { title: { fontWeight: 600, fontSize: '1.1rem' } } },
    Badge: { defaultProps: { tt: 'none', fw: 600, radius: 'sm' } },
  },
});

/** What the components of Mantine have no variable for. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--tl-bottom-bar': '64px' },
  light: {
    '--tl-canvas': '#f5f4ef',
    '--tl-surface': '#ffffff',
    '--tl-line': '#e3e5e0',
    '--tl-quiet': '#eef1ee',
    '--mantine-color-text': '#1b2724',
    '--mantine-color-dimmed': '#55645f',
    '--mantine-color-placeholder': '#66756f',
    '--tl-good': '#0b6552',
    '--tl-warn': '#7d5807',
    '--tl-bad': '#a2291d',
    '--tl-good-soft': '#e4f3ee',
    '--tl-warn-soft': '#fbf1d8',
    '--tl-bad-soft': '#fbe9e6',
    '--tl-shadow': '0 1px 2px rgb(20 40 34 / 5%), 0 4px 16px rgb(20 40 34 / 4%)',
  },
  dark: {
    '--tl-canvas': '#111816',
    '--tl-surface': '#1a2321',
    '--tl-line': '#2c3834',
    '--tl-quiet': '#232e2b',
    '--mantine-color-body': '#1a2321',
    '--mantine-color-text': '#e3ebe8',
    '--mantine-color-dimmed': '#9fada8',
    '--mantine-color-placeholder': '#95a49e',
    '--tl-good': '#7fcdb8',
    '--tl-warn': '#efc553',
    '--tl-bad': '#f0a296',
    '--tl-good-soft': '#17352d',
    '--tl-warn-soft': '#372c12',
    '--tl-bad-soft': '#3d1f1b',
    '--tl-shadow': 'none',
  },
});
