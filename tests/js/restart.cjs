// Clients that come back by themselves after the server was started anew. Each line of input says
// that the server's state has changed as asked for. Argument: {"port", "path", "client"}.
"use strict";

const readline = require("node:readline");
const { ask, assert, connect, once, run } = require("./harness.cjs");

const lines = readline.createInterface({ input: process.stdin });
const server = (state) => {
  const changed = once(lines, "line");
  console.log(JSON.stringify({ server: state }));
  return changed;
};

run({
  async "clients come back after a restart, on every transport"() {
    const transports = [["polling"], ["websocket"], ["polling", "websocket"]];
    const often = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100, timeout: 5_000 };
    const sockets = await Promise.all(transports.map((list) => connect("/", { ...often, transports: list })));
    const before = sockets.map((socket) => socket.id);
    const left = sockets.map((socket) => once(socket, "disconnect"));
    await server("down");
    for (const [reason] of await Promise.all(left)) {
      assert.match(reason, /^transport (close|error)$/);
    }
    // What is emitted meanwhile waits for the connection, unless it is volatile.
    const answers = sockets.map((socket) => {
      socket.volatile.emit("count", -1);
      return ask(socket, "echo", "kept");
    });
    const back = sockets.map((socket) => once(socket, "connect"));
    await server("up");
    await Promise.all(back);
    assert.deepEqual(await Promise.all(answers), sockets.map(() => ["kept"]));
    sockets.forEach((socket, index) => assert.notEqual(socket.id, before[index]));
    assert.deepEqual(await ask(sockets[0], "counted"), [[]]);
  },
}).then(() => lines.close());
