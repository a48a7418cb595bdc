"""A discord.py bot that is not ours: it uses what the library offers, and knows no sandbox."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

import discord
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL

from sandbox._tasks import Tasks
from sandbox.clock import SystemClock
from sandbox.server import Sandbox


class Questionnaire(ui.Modal, title="Questions"):
    told = ui.TextDisplay("Please be honest.")
    name = ui.TextInput(label="Name", placeholder="yours", min_length=2, max_length=20)
    colour = ui.Label(
        text="Colour",
        component=ui.Select(
            custom_id="colour",
            options=[
                discord.SelectOption(label="Red", value="r"),
                discord.SelectOption(label="Blue", value="b"),
            ],
        ),
    )
    files = ui.Label(
        text="Files", component=ui.FileUpload(custom_id="files", required=False, max_values=2)
    )
    size = ui.Label(
        text="Size",
        component=ui.RadioGroup(
            custom_id="size",
            options=[
                discord.RadioGroupOption(label="Small", value="s"),
                discord.RadioGroupOption(label="Large", value="l"),
            ],
        ),
    )

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        colour, files, size = (
            self.colour.component, self.files.component, self.size.component
        )  # fmt: skip
        assert isinstance(colour, ui.Select)
        assert isinstance(files, ui.FileUpload)
        assert isinstance(size, ui.RadioGroup)
        contents = [(await one.read()).decode() for one in files.values]
        await interaction.response.send_message(
            f"{self.name.value}|{colour.values}|{contents}|{size.value}"
        )


class Panel(ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.presses = 0

    @ui.button(label="Count", custom_id="count")
    async def count(self, interaction: discord.Interaction, button: ui.Button["Panel"]) -> None:
        self.presses += 1
        button.label = f"Count {self.presses}"
        await interaction.response.edit_message(content=f"pressed {self.presses}", view=self)

    @ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: ui.Button["Panel"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="changed later")

    @ui.button(label="Tell me", custom_id="tell")
    async def tell(self, interaction: discord.Interaction, _: ui.Button["Panel"]) -> None:
        await interaction.response.send_message("only you see this", ephemeral=True)

    @ui.button(label="Ask me", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, _: ui.Button["Panel"]) -> None:
        await interaction.response.send_modal(Rename())

    @ui.select(
        custom_id="fruit",
        min_values=1,
        max_values=2,
        options=[
            discord.SelectOption(label=name.title(), value=name)
            for name in ("apple", "pear", "plum")
        ],
    )
    async def fruit(self, interaction: discord.Interaction, select: ui.Select["Panel"]) -> None:
        await interaction.response.send_message(f"chose {select.values}")

    @ui.select(cls=ui.UserSelect, custom_id="who")
    async def who(self, interaction: discord.Interaction, select: ui.UserSelect["Panel"]) -> None:
        await interaction.response.send_message(f"chose {[one.name for one in select.values]}")


class Entities(ui.View):
    """What is chosen is told by name, as the library found it in what was sent along."""

    @ui.select(cls=ui.RoleSelect, placeholder="Roles", max_values=2)
    async def roles(self, interaction: discord.Interaction, select: "Chosen") -> None:
        await _tell(interaction, select)

    @ui.select(cls=ui.ChannelSelect, placeholder="Channels")
    async def channels(self, interaction: discord.Interaction, select: "Chosen") -> None:
        await _tell(interaction, select)

    @ui.select(cls=ui.MentionableSelect, placeholder="Anyone", max_values=2)
    async def anyone(self, interaction: discord.Interaction, select: "Chosen") -> None:
        await _tell(interaction, select)


Chosen = ui.RoleSelect[Entities] | ui.ChannelSelect[Entities] | ui.MentionableSelect[Entities]


async def _tell(interaction: discord.Interaction, select: Chosen) -> None:
    names = ", ".join(f"{type(one).__name__} {one}" for one in select.values)
    await interaction.response.send_message(f"chose {names}")


class Rename(ui.Modal, title="Rename"):
    name = ui.TextInput(label="New name")

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"renamed to {self.name.value}")


class Bot(discord.Client):
    """Its commands are registered when it logs in."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.1,  # of real time, after the last server came
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.release = asyncio.Event()  # long work goes on when a test sets it
        for add in (_add_options, _add_answers, _add_components, _add_groups, _add_menus):
            add(self)

    @override
    async def setup_hook(self) -> None:
        self.add_view(Panel())
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.heard.put_nowait(message)


def _add_options(bot: Bot) -> None:
    tree = bot.tree

    @tree.command(description="All kinds of options")
    @app_commands.choices(
        colour=[
            app_commands.Choice(name="Red", value="r"),
            app_commands.Choice(name="Blue", value="b"),
        ]
    )
    async def everything(  # noqa: PLR0917  one option of each kind
        interaction: discord.Interaction,
        text: app_commands.Range[str, 2, 10],
        whole: app_commands.Range[int, 0, 10] | None,
        number: app_commands.Range[float, 0.0, 2.0] | None,
        truth: bool | None,  # noqa: FBT001  an option
        user: discord.User | None,
        channel: discord.TextChannel | None,
        role: discord.Role | None,
        anyone: discord.Member | discord.Role | None,
        file: discord.Attachment | None,
        colour: str | None,
    ) -> None:
        content = (await file.read()).decode() if file else None
        await interaction.response.send_message(
            f"{text}|{whole}|{number}|{truth}|{user}|{channel}|{role}|{anyone}|{content}|{colour}"
        )

    @tree.command(description="Where am I")
    async def where(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(
            f"{interaction.locale.value} {interaction.guild_locale}"
            f" {interaction.context.to_array()}"
            f" {interaction.is_guild_integration()} {interaction.is_user_integration()}"
            f" {interaction.permissions.manage_messages}"
            f" {interaction.app_permissions.send_messages}"
            f" {interaction.channel}"
        )


def _add_answers(bot: Bot) -> None:
    tree = bot.tree

    @tree.command(description="Think first")
    async def slow(
        interaction: discord.Interaction,
        private: bool = False,  # noqa: FBT001, FBT002  an option
        private_after: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        await interaction.response.defer(thinking=True, ephemeral=private)
        await bot.release.wait()
        first = await interaction.followup.send("first", ephemeral=private_after, wait=True)
        await first.edit(content="first, edited")
        second = await interaction.followup.send("second", wait=True)
        await interaction.followup.send("third", ephemeral=True)
        await second.delete()

    @tree.command(description="Stream")
    async def stream(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        for text in ("one", "one two", "one two three"):
            await interaction.edit_original_response(content=text)

    @tree.command(description="A secret")
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    @tree.command(description="A file")
    async def file(interaction: discord.Interaction) -> None:
        data = discord.File(io.BytesIO(b"content"), "notes.txt", description="my notes")
        embed = discord.Embed(title="A title", description="with text").set_image(
            url="attachment://notes.txt"
        )
        await interaction.response.send_message("here", file=data, embed=embed)

    @tree.command(description="Never answers")
    async def never(interaction: discord.Interaction) -> None:
        """Does nothing."""


def _add_components(bot: Bot) -> None:
    tree = bot.tree

    @tree.command(description="A panel")
    async def panel(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("a panel", view=Panel())

    @tree.command(description="Selects of roles, channels and members")
    async def entities(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("choose", view=Entities(timeout=None))

    @tree.command(description="A layout")
    async def layout(interaction: discord.Interaction) -> None:
        view = ui.LayoutView()
        container: ui.Container[ui.LayoutView] = ui.Container(
            ui.TextDisplay("# Heading"),
            ui.Section("beside", accessory=ui.Button(label="Side", custom_id="side")),
            ui.Separator(),
            ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")),
            ui.File("attachment://notes.txt"),
            ui.ActionRow(ui.Button(label="Below", custom_id="below")),
        )
        view.add_item(container)
        files = [
            discord.File(io.BytesIO(b"png"), "a.png"),
            discord.File(io.BytesIO(b"content"), "notes.txt"),
        ]
        await interaction.response.send_message(view=view, files=files)

    @tree.command(description="A form")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Questionnaire())


def _add_groups(bot: Bot) -> None:
    tree = bot.tree

    @tree.command(description="Suggestions")
    async def pick(interaction: discord.Interaction, model: str, family: str | None) -> None:
        await interaction.response.send_message(f"{model} of {family}")

    @pick.autocomplete("model")
    async def models(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        family = interaction.namespace.family
        names = [f"{current}-{number} of {family}" for number in range(3)]
        return [app_commands.Choice(name=name.upper(), value=name) for name in names]

    group = app_commands.Group(name="tools", description="Tools")
    inner = app_commands.Group(name="sharp", description="Sharp tools", parent=group)

    @group.command(description="A hammer")
    async def hammer(interaction: discord.Interaction, nails: int) -> None:
        await interaction.response.send_message(f"{nails} nails")

    @inner.command(description="A knife")
    async def knife(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("cut")

    tree.add_command(group)


def _add_menus(bot: Bot) -> None:
    tree = bot.tree

    @tree.context_menu(name="Quote this")
    async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"> {message.content}")

    @tree.context_menu(name="Who is this")
    async def who(interaction: discord.Interaction, user: discord.Member | discord.User) -> None:
        await interaction.response.send_message(f"{type(user).__name__} {user.name}")

    @tree.command(description="For those who manage messages")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def moderate(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("moderated")

    @tree.command(description="Anywhere")
    @app_commands.user_install()
    async def anywhere(interaction: discord.Interaction, many: int = 1) -> None:
        await interaction.response.send_message("0")
        for number in range(1, many):
            try:
                await interaction.followup.send(str(number))
            except discord.HTTPException as error:
                await interaction.edit_original_response(content=f"stopped: {error.code}")
                return


@asynccontextmanager
async def running(sandbox: Sandbox, token: str | None = None) -> AsyncGenerator[Bot, None]:
    """The bot online in the sandbox. discord.py has no setting for where Discord is."""
    Route.BASE = sandbox.discord_api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(sandbox.discord.gateway_url)
    async with Bot() as bot:
        tasks = Tasks()
        task = tasks.spawn(bot.start(token or sandbox.discord_token), name="foreign bot")
        ready = tasks.spawn(bot.wait_until_ready(), name="ready")
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        try:
            yield bot
        finally:
            await bot.close()
            await asyncio.wait({task})
            await tasks.close()


def now() -> datetime:
    """discord.py compares snowflakes with the machine's time: the sandbox starts there."""
    return SystemClock().now()
