// Completion without Tab.
//
// JupyterLab can do this for all kernels at once, and then only after letters.
// Here it comes after what asks for a name, too: `{`, `=`, `|`, `(`, a quote.

import { syntaxTree } from '@codemirror/language';
import { EditorView } from '@codemirror/view';

import words from './words.json';

// Long enough for JupyterLab to put away the list for what stood there before.
const PAUSE = 60; // milliseconds

const ASKS = /[{[(,=|~]$/;
const BEHIND_SYMBOL = /[{[(,=|~>] $/;
const BEHIND_WORD = /([\p{L}_][\p{L}\p{N}_]*) $/u;
const IN_WORD = /(?:^|[^\p{L}\p{N}_])[\p{L}_][\p{L}\p{N}_]*$/u;
const QUOTE = /["'`]$/;
const TAKE_NAMES = new Set([...words.keywords, ...words.verbs]);

/** The command that shows completions, by what the editor is part of. */
const COMMANDS = [
  ['.jp-Notebook', 'completer:invoke-notebook'],
  ['.jp-CodeConsole', 'completer:invoke-console'],
  ['.jp-FileEditor', 'completer:invoke-file']
];

/** An editor extension; `isWanted` is asked each time, `execute` runs a command. */
export function completionAsYouType(isWanted, execute) {
  let timer;
  return EditorView.updateListener.of(update => {
    if (!update.docChanged) return;
    clearTimeout(timer);
    if (!isTyped(update) || !isWanted() || !wantsNames(update.state)) return;
    const { view } = update;
    const command = COMMANDS.find(([place]) => view.dom.closest(place))?.[1];
    // Who runs the cell meanwhile is in the next one, which should not get the list.
    const offer = () => view.hasFocus && execute(command);
    if (command) timer = setTimeout(offer, PAUSE);
  });
}

/** One key, which may have brought its closing bracket with it; not a paste. */
function isTyped(update) {
  let length = 0;
  update.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => (length += inserted.length));
  return length > 0 && length <= 2 && update.transactions.some(t => t.isUserEvent('input.type'));
}

/** Whether a name, or the like, may come next. */
function wantsNames(state) {
  const { head, empty } = state.selection.main;
  if (!empty) return false;
  const line = state.doc.lineAt(head);
  const before = line.text.slice(0, head - line.from);
  const node = syntaxTree(state).resolveInner(head, -1);
  if (node.name === 'comment') return false;
  // In a text: its opening quote, and what is then typed.
  if (QUOTE.test(before)) return node.from === head - 1;
  if (IN_WORD.test(before)) return true;
  if (isText(node)) return false;
  const word = before.match(BEHIND_WORD)?.[1];
  return ASKS.test(before) || BEHIND_SYMBOL.test(before) || TAKE_NAMES.has(word);
}

function isText(node) {
  return node.name === 'string' || node.name === 'regex';
}
