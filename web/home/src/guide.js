// The guide elides the host, so this page's own stands here.
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const socket = new WebSocket(`${scheme}://${location.host}/live`);

socket.addEventListener('open', () => {
  console.log('Connected');
  socket.send(JSON.stringify({type: 'subscribe', channel: 'orders'}));
});

socket.addEventListener('message', (event) => {
  const message = JSON.parse(event.data);
  console.log('Received', message);
});

socket.addEventListener('close', (event) => {
  console.log('Disconnected', event.code, event.reason);
});

socket.addEventListener('error', (error) => {
  console.log('Error', error);
});

// Send only while the connection is open.
function send(message) {
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}

// Close when the user leaves.
function leave() {
  socket.close(1000, 'User navigated away');
}
window.addEventListener('pagehide', leave);

// And two buttons of this page.
document.querySelector('#ping').addEventListener('click', () => {
  send({type: 'ping'});
});
document.querySelector('#close').addEventListener('click', leave);
