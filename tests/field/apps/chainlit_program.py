"""A chat of Chainlit: messages, a stream, a question, a choice, and what is kept of the user."""

import chainlit


@chainlit.on_chat_start
async def begin():
    chainlit.user_session.set("said", [])
    await chainlit.Message("Welcome").send()


@chainlit.on_message
async def answer(message: chainlit.Message):
    said = chainlit.user_session.get("said")
    said.append(message.content)
    match message.content:
        case "stream":
            whole = chainlit.Message("")
            for part in ("one ", "two ", "three"):
                await whole.stream_token(part)
            await whole.send()
        case "ask":
            found = await chainlit.AskUserMessage("What is your name?", timeout=30).send()
            await chainlit.Message(f"Hello {found['output']}").send()
        case "choose":
            yes = chainlit.Action(name="yes", payload={"chosen": 7}, label="Yes")
            found = await chainlit.AskActionMessage("Shall I?", actions=[yes]).send()
            await chainlit.Message(f"You chose {found['payload']['chosen']}").send()
        case other:
            await chainlit.Message(f"{len(said)}: {other}").send()


@chainlit.on_chat_end
def end():
    print("the chat has ended")
