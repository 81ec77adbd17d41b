// When a page is told what has changed: as often as it is drawn.

/** A page that is not drawn is told all the same, after so many milliseconds. */
const UNSEEN_MILLIS = 100;
/** Where nothing is ever drawn, as in a worker. */
const FRAME_MILLIS = 16;

/** Runs it once, before the browser draws the next picture, or a little later where it draws none. */
export function nextFrame(run: () => void): void {
  if (typeof requestAnimationFrame === "undefined") return void setTimeout(run, FRAME_MILLIS);
  const once = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, UNSEEN_MILLIS);
}
