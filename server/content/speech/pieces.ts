/** What is spoken at one go, and the silence after it, at the voice's own speed. */
export interface Piece {
  text: string;
  pauseMs: number;
}

/** Some 20 s of speech: short enough that progress shows and that one hanging piece is noticed soon. */
const PIECE_CHARACTERS_MAX = 300;

/** Between sentences the engine pauses by itself. */
const SENTENCE_PAUSE_MS = 150;
const PARAGRAPH_PAUSE_MS = 600;

/** Cuts a text at its paragraphs and sentences, never inside a word. A sentence that is too long is cut at a comma, then at a space. */
export function piecesOf(text: string): Piece[] {
  const paragraphs = text.split(/\n+/).map((paragraph) => packed(paragraph.trim()));
  const pieces = paragraphs.flatMap((texts) =>
    texts.map((piece, index) => ({ text: piece, pauseMs: index === texts.length - 1 ? PARAGRAPH_PAUSE_MS : SENTENCE_PAUSE_MS })),
  );
  const last = pieces.at(-1);
  if (last) last.pauseMs = 0;
  return pieces;
}

/** Sentences together, as many as fit. */
function packed(paragraph: string): string[] {
  const texts: string[] = [];
  for (const sentence of paragraph.match(/[^.!?;:]+[.!?;:]*\s*/g) ?? []) {
    for (const part of shortened(sentence.trim())) {
      const before = texts.at(-1);
      if (before !== undefined && before.length + 1 + part.length <= PIECE_CHARACTERS_MAX) texts[texts.length - 1] = `${before} ${part}`;
      else texts.push(part);
    }
  }
  return texts.filter((text) => /\p{L}/u.test(text));
}

function shortened(sentence: string): string[] {
  if (sentence.length <= PIECE_CHARACTERS_MAX) return [sentence];
  const head = sentence.slice(0, PIECE_CHARACTERS_MAX);
  const comma = head.lastIndexOf(', ') + 1;
  const space = head.lastIndexOf(' ');
  const cut = comma > PIECE_CHARACTERS_MAX / 3 ? comma : space > 0 ? space : PIECE_CHARACTERS_MAX;
  return [sentence.slice(0, cut).trim(), ...shortened(sentence.slice(cut).trim())];
}
