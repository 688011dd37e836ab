/**
 * Stands in for react-style-singleton (the styles Radix menus and dialogs need while open): adopts a constructed style
 * sheet, which a Content-Security-Policy without 'unsafe-inline' permits, instead of inserting a <style> element.
 */
import { useEffect } from 'react';

/** A component `({ styles, dynamic })` whose sheet is adopted while at least one instance is mounted. */
export function styleSingleton() {
  let mounted = 0;
  let sheet = null;
  const release = () => {
    mounted -= 1;
    if (mounted === 0) {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter(adopted => adopted !== sheet);
    }
  };
  return function StyleSheet({ styles, dynamic }) {
    useEffect(() => {
      if (mounted === 0) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(styles);
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
      }
      mounted += 1;
      return release;
    }, [styles && dynamic]);
    return null;
  };
}
