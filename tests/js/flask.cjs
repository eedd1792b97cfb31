// The JavaScript client with the program of Flask-SocketIO: `node flask.cjs URL`. Prints what it got.

const { io } = require("socket.io-client");

const socket = io(process.argv[2], { auth: { a: 1 }, query: { colour: "green" }, reconnection: false });
const got = [];
const events = [];
socket.onAny((...event) => events.push(event));
socket.on("question", (...args) => args.pop()("yes", 1));

function upgraded() {
  const { engine } = socket.io;
  if (engine.transport.name === "websocket") return Promise.resolve("websocket");
  return new Promise((resolve) => engine.once("upgrade", ({ name }) => resolve(name)));
}

async function main() {
  await new Promise((resolve, reject) => {
    socket.on("welcome", resolve);
    socket.on("connect_error", reject);
  });
  got.push(events[0].slice(0, 1), events[0][1].slice(1));
  got.push(await upgraded());
  const ask = (...args) => socket.timeout(20000).emitWithAck(...args);
  got.push(await ask("ask", 1, { b: [2] }).catch(String));
  const back = await ask("bytes", Buffer.from([0, 1]));
  got.push([...new Uint8Array(back)]);
  got.push(await ask("call me"));
  got.push(await ask("join", "tea"));
  got.push(await ask("fail"));
  const left = new Promise((resolve) => socket.on("disconnect", resolve));
  socket.emit("go");
  got.push(await left);
  console.log(JSON.stringify(got));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
