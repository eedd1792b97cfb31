// tests/apps/peer.py for Node.js: `node peer.cjs <package> <port>`, where the package is socket.io or
// one of its older versions. The end-to-end tests of the clients talk to it.
"use strict";

const http = require("node:http");
const made = require(process.argv[2]);
const older = made.Server === undefined; // Socket.IO 2 and before
const Server = made.Server ?? made;

const SERVERS = {
  "/socket.io": {},
  "/small": { maxHttpBufferSize: 20_000 },
  "/brisk": { pingInterval: 100, pingTimeout: 20_000 },
  // Clients are connected to it a little later.
  "/late": {},
};
if (!older) {
  SERVERS["/msgpack"] = { parser: require("socket.io-msgpack-parser") };
}
const OF_THE_TRANSPORT = ["EIO", "transport", "t", "sid", "b64"];
const notes = new Map();
const connections = new Map();

const server = http.createServer((request, response) => response.writeHead(404).end());
for (const [path, options] of Object.entries(SERVERS)) {
  // Each server leaves the WebSockets of the others alone.
  const io = new Server(server, { path, destroyUpgrade: false, ...options });
  if (path === "/late") {
    io.use((socket, next) => setTimeout(next, 100));
  }
  for (const namespace of ["/", "/chat", "/guard"]) {
    serve(io.of(namespace), namespace);
  }
}
server.listen(Number(process.argv[3]), "127.0.0.1");

// What a client authenticates with: older servers have it among what is in the query.
function authOf({ handshake: { auth, query } }) {
  const own = Object.entries(query).filter(([key]) => !OF_THE_TRANSPORT.includes(key));
  return auth ?? Object.fromEntries(own);
}

function serve(nsp, namespace) {
  nsp.use((socket, next) => {
    const refuse = namespace === "/guard" && authOf(socket).refuse;
    const { data: json } = authOf(socket);
    const [message, data] = (older ? refuse && [refuse, json && JSON.parse(json)] : refuse) || [];
    next(message && Object.assign(new Error(message), { data }));
  });
  nsp.on("connection", (socket) => {
    const auth = authOf(socket);
    connections.set(socket.id, (connections.get(socket.id) ?? 0) + 1);
    let pings = 0;
    socket.conn.on("packet", ({ type }) => (pings += type === "ping"));
    socket.on("pings", (answer) => answer(pings));
    socket.on("connections", (answer) => answer(connections.get(socket.id)));
    socket.on("complain", (data) => socket.error(data));
    socket.emit("welcome", Object.keys(auth).length > 0 ? auth : null);
    socket.on("echo", (...args) => socket.emit("echoed", ...args));
    socket.on("ask", (...args) => args.pop()(...args));
    socket.on("burst", (count) => {
      for (let number = 0; number < count; number++) {
        socket.emit("tick", number);
      }
    });
    socket.on("call_me", (event, ...args) =>
      socket.emit(event, ...args, (...answer) => socket.emit("answered", answer)),
    );
    // Handlers are not called for what came with the client's goodbye, but a middleware is.
    socket.use(([event, key, value], next) => {
      if (event === "note") {
        notes.set(key, [...(notes.get(key) ?? []), value]);
      }
      next();
    });
    socket.on("noted", (key, answer) => answer(notes.get(key) ?? []));
    socket.on("leave", () => socket.disconnect());
  });
}
