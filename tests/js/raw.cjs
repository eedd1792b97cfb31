// The chat of examples/raw-socket-server, as a client sees it. Argument: {"port", "client", "transport"}.
"use strict";

const { ask, assert, collect, config, connect, once, run, start, upgraded } = require("./harness.cjs");

const auth = (name) => ({ auth: { name } });

run({
  "a client without a name is refused": async () => {
    const [error] = await once(start(), "connect_error");
    assert.equal(error.message, "say your name");
  },

  "what is said reaches everyone, and is acknowledged": async () => {
    const [ann, bob] = [await connect("/", auth("Ann")), await connect("/", auth("Bob"))];
    if (config.transport === "upgrade") await Promise.all([upgraded(ann), upgraded(bob)]);
    const heard = [collect(ann, "said", 3), collect(bob, "said", 3)];
    const texts = ["hällo €", "x".repeat(70_000), ""];
    for (const text of texts) assert.deepEqual(await ask(ann, "say", text), ["delivered"]);
    const expected = texts.map((text) => ["Ann", text]);
    assert.deepEqual(await Promise.all(heard), [expected, expected]);
  },

  "a namespace that is not there is refused": async () => {
    const [error] = await once(start("/other", auth("Ann")), "connect_error");
    assert.equal(error.message, "Invalid namespace");
  },
});
