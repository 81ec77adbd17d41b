// Socket.IO with its rooms as channels, over WebSocket only.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { portOf, sayReady } from './common.mjs'

const server = createServer((request, response) => {
  if (request.url === '/memory') {
    globalThis.gc()
    response.end(JSON.stringify(process.memoryUsage()))
  } else {
    response.writeHead(426).end('Socket.IO is served here\n')
  }
})

const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false })
io.on('connection', (socket) => {
  // As its documentation advises for many connections: else each keeps its first request.
  socket.conn.request = null
  socket.on('echo', (data) => socket.emit('echo', data))
  socket.on('publish', (channel, data) => io.to(channel).emit('publication', data))
  socket.on('subscribe', (channel) => {
    socket.join(channel)
    socket.emit('subscribed', channel)
  })
})

server.listen({ port: portOf(process.argv), host: '127.0.0.1', backlog: 4096 }, () => sayReady(server.address().port))
