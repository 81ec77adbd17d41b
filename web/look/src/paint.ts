// Paints at most ten times a second, however often it is asked to: faster than that nobody reads.

const INTERVAL_MILLIS = 100;

export function painter(paint: () => void): () => void {
  let scheduled = false;
  let paintedAt = -INTERVAL_MILLIS;
  return () => {
    if (scheduled) return;
    scheduled = true;
    const wait = Math.max(0, paintedAt + INTERVAL_MILLIS - performance.now());
    setTimeout(() => {
      scheduled = false;
      paintedAt = performance.now();
      paint();
    }, wait);
  };
}
