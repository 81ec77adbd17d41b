// Bun's own WebSocket server, with its own topics, as its documentation shows them.
import { deflates, portOf, sayReady } from './common.mjs'

const isDeflating = deflates(process.argv)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: portOf(process.argv),
  fetch(request, serving) {
    const { pathname } = new URL(request.url)
    if (pathname === '/memory') {
      Bun.gc(true)
      return Response.json(process.memoryUsage())
    }
    if (serving.upgrade(request, { data: { isEcho: pathname === '/echo' } })) return
    return new Response('a WebSocket is served here\n', { status: 426 })
  },
  websocket: {
    perMessageDeflate: isDeflating && { compress: 'shared', decompress: 'shared' },
    maxPayloadLength: 1 << 20,
    message(ws, message) {
      if (ws.data.isEcho) {
        ws.send(message)
      } else if (message.startsWith('s ')) {
        ws.subscribe(message.slice(2))
        ws.send(message)
      } else {
        const end = message.indexOf(' ', 2)
        server.publish(message.slice(2, end), message.slice(end + 1), isDeflating)
      }
    },
  },
})

sayReady(server.port)
