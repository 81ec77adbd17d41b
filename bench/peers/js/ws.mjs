// npm ws. It has no channels: the readers of each are a set, and a publication is sent to one after the other.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { deflates, portOf, sayReady } from './common.mjs'

const channels = new Map()

const server = createServer((request, response) => {
  if (request.url === '/memory') {
    globalThis.gc()
    response.end(JSON.stringify(process.memoryUsage()))
  } else {
    response.writeHead(426).end('a WebSocket is served here\n')
  }
})

// As its documentation advises for deflate: no context, and a threshold that no publication of a workload is below.
const perMessageDeflate = deflates(process.argv) && { serverNoContextTakeover: true, threshold: 256 }
const sockets = new WebSocketServer({ server, perMessageDeflate, maxPayload: 1 << 20 })
sockets.on('connection', (socket, request) => {
  const own = []
  socket.on('error', () => {})
  socket.on('close', () => own.forEach((readers) => readers.delete(socket)))
  if (request.url === '/echo') {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  } else {
    socket.on('message', (data) => onMessage(socket, own, data.toString()))
  }
})

function onMessage(socket, own, message) {
  if (message.startsWith('s ')) {
    const readers = readersOf(message.slice(2))
    readers.add(socket)
    own.push(readers)
    socket.send(message)
    return
  }
  const end = message.indexOf(' ', 2)
  const data = Buffer.from(message.slice(end + 1))
  for (const reader of readersOf(message.slice(2, end))) reader.send(data, { binary: false })
}

function readersOf(channel) {
  let readers = channels.get(channel)
  if (!readers) channels.set(channel, (readers = new Set()))
  return readers
}

server.listen({ port: portOf(process.argv), host: '127.0.0.1', backlog: 4096 }, () => sayReady(server.address().port))
