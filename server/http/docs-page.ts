import type { OpenapiDocument } from './openapi.ts';

/** The API as one page to read, with nothing fetched from elsewhere: it opens in a commune without the internet. */
export function docsPage(document: OpenapiDocument): string {
  const tags = (document.tags ?? []).map(({ name }) => section(document, name)).join('');
  return `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${asText(document.info.title)} · API</title><style>${STYLE}</style></head><body>
<h1>${asText(document.info.title)} · API ${asText(document.info.version)}</h1>
<p>${asText(document.info.description ?? '')} <a href="openapi.json">openapi.json</a></p>${tags}</body></html>`;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

function section(document: OpenapiDocument, tag: string): string {
  const entries = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      if (!operation?.tags?.includes(tag)) return [];
      const { summary = '', description = '', parameters, requestBody, responses } = operation;
      const details = JSON.stringify({ parameters, requestBody, responses }, null, 2);
      return `<details><summary><b>${method.toUpperCase()}</b> <code>${asText(path)}</code> ${asText(summary)}</summary>
<p>${asText(description)}</p><pre>${asText(details)}</pre></details>`;
    }),
  );
  return `<h2>${asText(tag)}</h2>${entries.join('')}`;
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
summary{cursor:pointer;padding:.3rem 0}summary b{display:inline-block;min-width:4.5rem}
pre{background:#f4f4f2;padding:1rem;overflow:auto;font-size:13px}h2{margin-top:2rem;border-bottom:1px solid #ccc}`;
