// Plants a bug in the sources as they are loaded. Must be called before anything of Muster is.
import { registerHooks } from 'node:module';
import type { Bug } from './bugs.ts';

/** Loading throws when the sources are not any more as the bug expects them. */
export function plant({ edits }: Bug): void {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const due = edits.filter(({ file }) => url.endsWith(`/src/${file}`));
      if (due.length === 0) return loaded;
      const source = loaded.source ?? '';
      let text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      for (const { file, right, wrong } of due) {
        const parts = text.split(right);
        if (parts.length !== 2)
          throw new Error(`${file} holds this ${parts.length - 1} times, not once: ${right}`);
        text = parts.join(wrong);
      }
      return { ...loaded, source: text };
    },
  });
}
