import path from 'node:path';
import express, { type RequestHandler, Router } from 'express';

/** Vite puts a hash of the content into the names below `assets/`, so they never change. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The built console: its files, and its page for every address that its own routing knows. */
export function consolePages(consoleDir: string): RequestHandler {
  const router = Router();
  const root = path.resolve(consoleDir);
  router.get('/assets/*path', compressedAsset(root));
  router.use(
    express.static(root, {
      index: false,
      redirect: false,
      setHeaders: (response, file) => {
        const hashed = file.startsWith(path.join(root, 'assets') + path.sep);
        response.setHeader('Cache-Control', hashed ? IMMUTABLE : 'no-cache');
      },
    }),
  );
  router.get('/*path', page(root));
  router.get('/', page(root));
  return router;
}

/** The build leaves scripts and styles also as gzip; whoever takes that gets a quarter of the bytes. */
function compressedAsset(root: string): RequestHandler {
  return (request, response, next) => {
    const extension = path.extname(request.path);
    if ((extension !== '.js' && extension !== '.css') || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') {
      next();
      return;
    }
    response.type(extension).vary('Accept-Encoding').set('Content-Encoding', 'gzip').set('Cache-Control', IMMUTABLE);
    response.sendFile(`${request.path}.gz`, { root, cacheControl: false, acceptRanges: false }, (error) => {
      if (!error || response.headersSent) return;
      response.removeHeader('Content-Encoding');
      response.removeHeader('Cache-Control');
      next();
    });
  };
}

function page(root: string): RequestHandler {
  return (request, response, next) => {
    // A missing script must be missing: the page in its place would be run as one. Data is asked for as data.
    if (path.extname(request.path) !== '' || !request.accepts(['html'])) {
      next();
      return;
    }
    response.sendFile('index.html', { root, headers: { 'Cache-Control': 'no-cache' }, cacheControl: false }, (error) => {
      if (!error) return;
      if (response.headersSent || ('code' in error && error.code === 'ECONNABORTED')) response.destroy();
      else response.status(503).set('Cache-Control', 'no-store').type('html').send(NOT_BUILT);
    });
  };
}

const NOT_BUILT = `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Tiếng Làng</title>
<body style="font-family: sans-serif; max-width: 40rem; margin: 4rem auto; line-height: 1.5">
<h1>Bảng điều khiển chưa được dựng</h1>
<p>Máy chủ đang chạy, nhưng chưa có bảng điều khiển. Gõ <code>npm run build</code> rồi tải lại trang.</p>
<p lang="en">The server runs, but the console has not been built. Type <code>npm run build</code> and reload.</p>
<p><a href="/api/v1/docs">API</a></p></body></html>`;
