// npm ws as an echo with compression of everything, for the conformance suite.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { messageBytesMax, portOf, sayReady } from './common.mjs'

const server = createServer((request, response) => response.writeHead(426).end('a WebSocket is served here\n'))
const sockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 }, maxPayload: messageBytesMax })

sockets.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

server.listen({ port: portOf(process.argv), host: '127.0.0.1', backlog: 4096 }, () => sayReady(server.address().port))
