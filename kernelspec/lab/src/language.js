// The tokens of the language, for colours.
//
// One pass over each line, with what a line cannot know by itself kept in the
// state. It reads what people are still typing, so nothing is an error here: the
// kernel says what is wrong. Its words come from `words.json`, which a test holds
// against the registries of the kernel.

import { StreamLanguage } from '@codemirror/language';
import { tags } from '@lezer/highlight';

import words from './words.json';

const KEYWORDS = new Set(words.keywords);
const VERBS = new Set(words.verbs);
const STARTERS = new Set(words.starters);
const FUNCTIONS = new Set(words.functions);

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?/;
const NUMBER = /^\d[\d_]*(?:\.\d+)?(?:%|[\p{L}_][\p{L}\p{N}_]*)?/u;
const WORD = /^[\p{L}_][\p{L}\p{N}_]*/u;
const WORDS = /^[\p{L}_][\p{L}\p{N}_]*(?::[\p{L}\p{N}_]+)*/u;
const OPERATOR = /^(?:==|!=|=~|!~|<=|>=|>>|\.\.|[=<>+\-*/~@?])/;
const MATCHER = /^\s*(?:==|!=|=~|!~|=)/;
const QUOTED = { '"': /^(?:[^"\\]|\\.)*"?/, "'": /^(?:[^'\\]|\\.)*'?/ };

export const language = StreamLanguage.define({
  name: 'flamebook',
  startState: () => ({ place: 'start', brackets: [], raw: null }),
  copyState: state => ({ ...state, brackets: [...state.brackets] }),
  token,
  languageData: {
    commentTokens: { line: '#' },
    closeBrackets: { brackets: ['(', '[', '{', '"', "'", '`'] },
    indentOnInput: /^\s*[|)\]}]$/,
    wordChars: '_'
  },
  // By the colours that themes give: most have none for a function's name.
  tokenTable: {
    verb: tags.definition(tags.variableName),
    function: tags.standard(tags.variableName),
    label: tags.propertyName,
    regex: tags.special(tags.string)
  }
});

/**
 * The style of the next token. `state.place` says where it stands: at the 'start'
 * of a query, behind a pipe ('stage'), behind '~', behind an operator that 'asks'
 * for more, or in the 'middle'.
 */
function token(stream, state) {
  if (state.raw) return raw(stream, state);
  if (stream.sol()) startLine(stream, state);
  if (stream.eatSpace()) return null;
  const before = state.place;
  state.place = 'middle';
  const c = stream.peek();
  if (c === '#') {
    state.place = before;
    stream.skipToEnd();
    return 'comment';
  }
  if (c === '`' || c in QUOTED) return text(stream, state, before === '~' ? 'regex' : 'string');
  if (stream.match(TIME) || stream.match(NUMBER)) return 'number';
  return name(stream, state, before) ?? symbol(stream, state);
}

/** A new line is a new statement, unless the one above asks for more. */
function startLine(stream, state) {
  if (stream.match(/^(?:let|set|use)\s/, false)) state.brackets = [];
  if (state.place === 'middle' && state.brackets.length === 0) state.place = 'start';
}

function text(stream, state, style) {
  const quote = stream.next();
  if (quote === '`') {
    state.raw = style;
    return raw(stream, state);
  }
  stream.match(QUOTED[quote]);
  return style;
}

/** Text in back quotes knows no escapes and may span lines. */
function raw(stream, state) {
  const style = state.raw;
  if (stream.skipTo('`')) {
    stream.next();
    state.raw = null;
  } else {
    stream.skipToEnd();
  }
  return style;
}

function name(stream, state, before) {
  const bracket = state.brackets[state.brackets.length - 1];
  // In `[window:step]` the colon is the range's.
  const found = stream.match(bracket === '[' ? WORD : WORDS);
  if (!found) return null;
  const word = found[0];
  if (bracket === '{' && stream.match(MATCHER, false)) return 'label';
  if (before === 'stage' && VERBS.has(word)) return 'verb';
  if (before === 'start' && STARTERS.has(word)) return 'verb';
  if (stream.match(/^\s*\(/, false) && FUNCTIONS.has(word)) return 'function';
  return KEYWORDS.has(word) ? 'keyword' : 'variable';
}

function symbol(stream, state) {
  if (stream.match(OPERATOR)) {
    state.place = stream.current() === '~' ? '~' : stream.current() === '?' ? 'middle' : 'asks';
    return 'operator';
  }
  const c = stream.next();
  if ('([{'.includes(c)) state.brackets.push(c);
  if (')]}'.includes(c)) state.brackets.pop();
  if (c === ';') state.brackets = [];
  state.place = { '|': 'stage', '(': 'start', ';': 'start', ',': 'asks' }[c] ?? 'middle';
  if (c === '|') return 'operator';
  if ('()[]{}'.includes(c)) return 'bracket';
  return ',:;'.includes(c) ? 'punctuation' : null;
}
