r"""People in front of the sandbox's Discord, played from Python.

A guide by example; nothing here sleeps or polls, every wait ends with the change it waits for
(and fails after 30 real seconds, which only a broken test ever sees).

    async with Sandbox() as sandbox:
        ...  # start a bot against sandbox.discord_api_url
        ada = sandbox.user("ada")  # one driver per person; see sandbox.discord
        await ada.can_use("chat")              # until the bot is online and has registered it

Slash commands. Subcommands are written as one types them. Values are Python's: str, int, float,
bool; an attachment is `ada.upload(...)`; users, channels and roles by name or id. Choices may be
given by name or by value. What Discord's client would not let one send raises `ClientRefused`
with the reason, and nothing reaches the bot.

        asked = await ada.slash("chat", channel="general", message="hello", temperature=0.2)
        await ada.slash("conversation show")  # channel="general" is the default
        await ada.slash("chat", channel="@bot", message="hi")  # direct messages with the bot
        await ada.slash("chat", channel="Second server/general", message="hi")
        await ada.slash("chat", channel="@ben", message="hi")  # theirs alone: user install
        await ada.slash("settings show", options={"channel": "random"})  # an option of that name
        picture = ada.upload("cat.png", png, "image/png")
        await ada.slash("chat", message="what is it?", attachment=picture)
        choices = await ada.autocomplete("models info", "model", "gpt")  # [Choice]

An `Invocation` is what came of it:

        message = await asked.answer()     # the first real message: no placeholder, no form
        asked.messages  # its posts in order (original, follow-ups), now
        asked.original                     # the first of them, None before there is one
        asked.thinking                     # True while "thinking..." is what one sees
        asked.failed                       # "The application did not respond" was shown
        form = await asked.form()          # the modal it opened
        await asked.until(lambda asked: "done" in asked.text)  # text of all its messages
        await asked.until(lambda asked: asked.messages[-1].button("Retry"))
        await asked.acknowledged()  # any callback; raises NoAnswer when the 3 s went by

A `Message` is what one sees, alive: it changes as the bot edits it.

        message.content, message.text  # text: content, embeds and text displays together
        message.ephemeral, message.thinking, message.edited, message.deleted, message.author
        message.attachments[0].name; await message.attachments[0].read()
        message.buttons  # [Control(label, custom_id, disabled, url, ...), ...]
        message.button("Stop"), message.select("model")  # None where there is none
        message.raw                        # Discord's JSON

Buttons, selects, forms, menus:

        stopped = await ada.press(message, "Stop")  # label or custom_id -> Invocation
        await ada.choose(message, "model", ["gpt-6"])  # people, roles, channels by name
        sent = await ada.submit(form, {"text": "two\nlines", "files": [picture]})
        asked = await ada.message_menu("Ask about this", message)
        await ada.user_menu("Profile", "ben")

Messages of one's own:

        said = await ada.say("@Switchboard hello", channel="general", files=[picture])
        spoken = await ada.voice_note(ogg_bytes, seconds=2.5, channel="@bot")
        reply = await ada.reply_from_bot(said)  # its first message after that, there
        await ada.edit(said, "new words"); await ada.delete(said); await ada.react(said, "👍")

What one person sees, and waiting for it:

        ada.sees("general")  # [Message], own ephemeral ones and placeholders included
        await ada.until("general", lambda seen: seen[-1].content == "pong")

Time and trouble:

        sandbox = Sandbox(clock=HandClock(start)); await sandbox.clock.advance(3)  # 3 s are over
        await sandbox.drop_gateway()  # cut every gateway connection; see also sandbox.discord
        await sandbox.until(lambda: len(sandbox.discord.requests) > 3)

A reply: `ada.say("and now?", reply_to=message)`. Mentions in `say` are written as people
type them: `@Switchboard`, `@ben`, `@moderator`, `#random`.

People: ada (owner of the first server), ben (owner of the second), mia (zh-TW), lin (zh-CN,
moderator), operator (owner of the application). `sandbox.discord.world` is the state; its model is
sandbox/discord/model.py, and sandbox/discord/defaults.py adds servers, channels, roles, people.
A group: `ada.group("ben", "mia")` gives a channel to pass as `channel`.
"""

from sandbox.driver.errors import ClientRefused, NoAnswer
from sandbox.driver.forms import Form
from sandbox.driver.invocation import Choice, Invocation
from sandbox.driver.messages import Attachment, Control, Message
from sandbox.driver.uploads import Upload
from sandbox.driver.user import User

__all__ = [
    "Attachment",
    "Choice",
    "ClientRefused",
    "Control",
    "Form",
    "Invocation",
    "Message",
    "NoAnswer",
    "Upload",
    "User",
]
