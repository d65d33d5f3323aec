// The plugin: it tells JupyterLab that there is a language of this name.
//
// `language` colours it, `indent` and `typing` are what its editor does beyond
// that. Everything imported by package name is JupyterLab's own and not bundled.

import { LanguageSupport } from '@codemirror/language';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { indentation } from './indent.js';
import { language } from './language.js';
import { completionAsYouType } from './typing.js';

const ID = 'flamebook:plugin';

export default {
  id: ID,
  description: 'Colours, completion as you type and indentation for Flamebook.',
  autoStart: true,
  requires: [IEditorLanguageRegistry],
  optional: [ISettingRegistry],
  activate(app, languages, settings) {
    const wishes = wishesOf(settings);
    const typing = completionAsYouType(
      () => wishes.completeAsYouType,
      command => app.commands.execute(command)
    );
    languages.addLanguage({
      name: 'flamebook',
      displayName: 'Flamebook',
      mime: 'text/x-flamebook',
      extensions: ['flame'],
      support: new LanguageSupport(language, [indentation, typing])
    });
  }
};

/** What the user set, kept up to date; the defaults until that is known. */
function wishesOf(settings) {
  const wishes = { completeAsYouType: true };
  const read = plugin => Object.assign(wishes, plugin.composite);
  settings
    ?.load(ID)
    .then(plugin => {
      read(plugin);
      plugin.changed.connect(read);
    })
    .catch(error => console.warn('Flamebook: its settings cannot be read', error));
  return wishes;
}
