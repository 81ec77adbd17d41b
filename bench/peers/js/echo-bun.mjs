// Bun's own WebSocket server as an echo with compression, for the conformance suite.
import { messageBytesMax, portOf, sayReady } from './common.mjs'

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: portOf(process.argv),
  fetch(request, serving) {
    if (serving.upgrade(request)) return
    return new Response('a WebSocket is served here\n', { status: 426 })
  },
  websocket: {
    perMessageDeflate: true,
    maxPayloadLength: messageBytesMax,
    message(ws, message) {
      ws.send(message, true)
    },
  },
})

sayReady(server.port)
