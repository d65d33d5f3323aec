// Where a new line begins.
//
// Stages stand below each other, one step in from the query they belong to:
//
//     cpu{service="api"}
//       | focus "json.*"
//       | flame

import { indentService } from '@codemirror/language';

export const indentation = indentService.of((context, pos) => {
  const above = lineAbove(context, pos);
  if (above === null) return 0;
  const here = context.textAfterPos(pos).trimStart();
  const indent = context.countColumn(above.text, above.text.search(/\S/));
  const isStage = above.code.startsWith('|');
  if (/^[)\]}]/.test(here)) return Math.max(0, indent - (opens(above.code) ? 0 : context.unit));
  if (opens(above.code)) return indent + context.unit;
  // Of a row of stages only the first is a step further in.
  if (/^\|/.test(here) || /\|$/.test(above.code)) {
    return isStage || above.goesOn ? indent : indent + context.unit;
  }
  return indent;
});

/** The line that the new one follows, or null at the top and below an empty line. */
function lineAbove(context, pos) {
  const { state } = context;
  const line = state.doc.lineAt(pos);
  const splits = context.simulatedBreak === pos;
  if (!splits && line.number === 1) return null;
  const number = splits ? line.number : line.number - 1;
  const text = splits ? line.text.slice(0, pos - line.from) : state.doc.line(number).text;
  const code = codeOf(text);
  if (code === '') return null;
  const goesOn = number > 1 && /\|$/.test(codeOf(state.doc.line(number - 1).text));
  return { text, code, goesOn };
}

/** A line without its strings, its comment and the blanks around. */
function codeOf(line) {
  const blank = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?/g;
  return line.replace(blank, '""').replace(/#.*/, '').trim();
}

/** Whether more brackets open than close. */
function opens(code) {
  const count = brackets => code.split(brackets).length;
  return count(/[([{]/) > count(/[)\]}]/);
}
