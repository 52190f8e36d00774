/** Workflow cells are coloured as the YAML that they are. */

import type { CodeCell, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

const WORKFLOW_CELL = /^\s*%%mn\s+workflow\b/;
const YAML = 'text/x-yaml';
const LOADING_MS = 600;

const watched = new WeakSet<ICodeCellModel>();

/** Watch the cells of every notebook, those that are added later included. */
export function highlightWorkflows(tracker: INotebookTracker): void {
  tracker.widgetAdded.connect((_, panel) => void watchPanel(panel));
  tracker.forEach(panel => void watchPanel(panel));
}

async function watchPanel(panel: NotebookPanel): Promise<void> {
  await panel.context.ready;
  const watchAll = (): void => {
    for (const cell of panel.content.widgets) {
      if (cell.model.type === 'code') {
        watch((cell as CodeCell).model);
      }
    }
  };
  watchAll();
  panel.content.model?.cells.changed.connect(watchAll);
}

function watch(model: ICodeCellModel): void {
  if (watched.has(model)) {
    return;
  }
  watched.add(model);
  let usual = model.mimeType === YAML ? 'text/x-ipython' : model.mimeType;
  const settle = (): void => {
    const source = model.sharedModel.getSource();
    if (WORKFLOW_CELL.test(source.slice(0, 200))) {
      if (model.mimeType !== YAML) {
        usual = model.mimeType;
        model.mimeType = YAML;
      }
    } else if (model.mimeType === YAML) {
      model.mimeType = usual;
    }
  };
  // An editor loads a language when it is first asked for, and the one that arrives last stays. So
  // YAML is asked for only when the usual language has had its time.
  const settleLater = (): void => void window.setTimeout(settle, LOADING_MS);
  settleLater();
  model.contentChanged.connect(settle);
  // The kernel says what its language is when it starts, and that sets the type of every cell.
  model.mimeTypeChanged.connect(settleLater);
}
