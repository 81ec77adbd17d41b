// What the JavaScript peers share: where they listen, and how they say so.

/** The port after `--port`; 0 for a free one. */
export function portOf(words) {
  return Number(words[words.indexOf('--port') + 1] ?? 0)
}

/** Whether readers are to be agreed permessage-deflate with. */
export function deflates(words) {
  return words.includes('--deflate')
}

export function sayReady(port) {
  console.log(`ready http://127.0.0.1:${port}`)
}

/** The largest message that the echoes of the conformance suite take. */
export const messageBytesMax = 16 << 20
