"""`/settings panel`: the common settings of a server by menus and a form.

All that a menu knows is in its custom_id, so it outlives a restart; who may use it is checked at
each choice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from typing_extensions import override

from bot.domain.errors import OptionError
from bot.domain.ids import GuildId, UserId
from bot.domain.preferences import (
    ALLOWED_CHANNELS,
    ALLOWED_ROLES,
    AUTO_REPLY,
    AUTO_TRANSCRIBE,
    CHAT_MODEL,
    FEATURES,
    LANGUAGE,
    RETENTION_DAYS,
    SCOPE,
    SETTINGS,
    SYSTEM_PROMPT,
    TEMPERATURE,
    Feature,
    Key,
    channel_scope,
    server_scope,
    thread_scope,
)
from bot.texts import N_, Texts, texts_for
from cogs._audience import check_admin
from cogs._buttons import Action, ActionButton
from cogs._entry import First, acknowledged, answer, pressed
from cogs._forms import FORM_LIFE_S, Form, Sent
from cogs._gates import Gate
from cogs._histories import FORM_TEXT
from cogs._meanings import MEANINGS, line, typed_value
from cogs._places import bot_of, whereabouts
from cogs._suggestions import MAX_CHOICES, cut, key_of

if TYPE_CHECKING:
    import re

    from bot.client import Bot

MENUS: dict[str, Key[Any]] = {
    key.name: key for key in (CHAT_MODEL, FEATURES, ALLOWED_ROLES, ALLOWED_CHANNELS)
}
IN_FORM = (SYSTEM_PROMPT, TEMPERATURE, LANGUAGE, SCOPE, RETENTION_DAYS)  # Discord: at most five
SWITCHES = {  # by a button's action: what it switches, and its words while that is off and on
    "settings_auto_reply": (
        AUTO_REPLY,
        N_("Answer every message here: off"),
        N_("Answer every message here: on"),
    ),
    "settings_auto_transcribe": (
        AUTO_TRANSCRIBE,
        N_("Write down voice messages here: off"),
        N_("Write down voice messages here: on"),
    ),
}
UNSET = "-"  # the value of a choice that takes a setting away


class PanelSelect(
    discord.ui.DynamicItem[discord.ui.Item[discord.ui.View]], template=r"panel:(?P<key>\w{1,40})"
):
    """A menu of the panel. What was chosen is read from what Discord sent, and may be forged."""

    def __init__(self, item: discord.ui.Item[discord.ui.View], key: str) -> None:
        super().__init__(item)
        self._key = key

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match["key"])

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        panel = bot_of(interaction).panel

        async def choose() -> None:
            assert panel is not None, "the cog was loaded"  # noqa: S101  a bug, not an input
            await panel.chosen(interaction, self._key)

        await pressed(interaction, choose, gate=Gate(free=True))


class Panel:
    def __init__(self, bot: Bot) -> None:
        self._preferences = bot.services.preferences
        self._models = bot.services.models
        bot.panel = self
        bot.actions["settings_form"] = Action(self._open_form, First.FORM, gate=Gate(free=True))
        for action, (key, _, _) in SWITCHES.items():
            bot.actions[action] = Action(partial(self._toggle, switch=key), gate=Gate(free=True))
        bot.forms["settings"] = Form(self._submitted, gate=Gate(free=True))

    async def show(self, interaction: discord.Interaction) -> None:
        check_admin(interaction)
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        resolved = self._preferences.resolve(whereabouts(interaction)).without_mine()
        lines = [line(name, key, resolved, texts, self._models) for name, key in SETTINGS.items()]
        embed = discord.Embed(title=texts("Settings"), description="\n".join(lines)[:FORM_TEXT])
        embed.set_footer(
            text=texts("The menus and the form are for the whole server; the list is of here.")
        )
        await answer(interaction, embed=embed, view=self._view(interaction, texts))

    async def chosen(self, interaction: discord.Interaction, name: str) -> None:
        check_admin(interaction)
        if name not in MENUS:
            raise OptionError("key", name, ", ".join(MENUS))
        data = cast("dict[str, Any]", interaction.data)
        values = [str(value) for value in data.get("values", ())]
        typed = ", ".join(values)
        if name == FEATURES.name:
            if unknown := set(values) - set(Feature):
                raise OptionError(name, ", ".join(unknown), FEATURES.kind.allowed)
            off = [f"-{feature}" for feature in Feature if feature not in values]
            typed = ", ".join(off) if values else "none"
        await self._change(interaction, MENUS[name], typed)
        await self.show(interaction)

    async def _change(self, interaction: discord.Interaction, key: Key[Any], typed: str) -> None:
        """Set it for the whole server; nothing, or what is the default, takes it away."""
        scope = server_scope(GuildId(interaction.guild_id or 0))
        typed = typed_value(key, typed, self._models)
        if typed in ("", UNSET):
            if key.name in self._preferences.at(scope):
                await self._preferences.reset(scope, key)
        else:
            await self._preferences.put(scope, key, typed, UserId(interaction.user.id))

    async def _toggle(self, interaction: discord.Interaction, _: str, *, switch: Key[bool]) -> None:
        check_admin(interaction)
        where = whereabouts(interaction)
        now = self._preferences.resolve(where)[switch]
        if where.thread is not None:
            scope = thread_scope(where.thread)
        elif where.channel is not None:
            scope = channel_scope(where.channel)
        else:
            scope = server_scope(GuildId(interaction.guild_id or 0))
        typed = switch.kind.write(not now)
        await self._preferences.put(scope, switch, typed, UserId(interaction.user.id))
        await self.show(interaction)

    def _view(self, interaction: discord.Interaction, texts: Texts) -> discord.ui.View:
        at = self._preferences.at(server_scope(GuildId(interaction.guild_id or 0)))
        view = discord.ui.View(timeout=None)
        for item in (
            self._model_menu(at.get(CHAT_MODEL.name), texts),
            _feature_menu(at.get(FEATURES.name, FEATURES.default), texts),
            _role_menu(cast("tuple[int, ...]", at.get(ALLOWED_ROLES.name, ())), texts),
            _channel_menu(cast("tuple[int, ...]", at.get(ALLOWED_CHANNELS.name, ())), texts),
        ):
            view.add_item(item)
        view.add_item(ActionButton.of("settings_form", "", texts("Prompt and more…")))
        here = self._preferences.resolve(whereabouts(interaction))
        for action, (key, off, on) in SWITCHES.items():
            label = texts(on if here[key] else off)
            style = discord.ButtonStyle.success if here[key] else discord.ButtonStyle.secondary
            view.add_item(ActionButton.of(action, "", label, style=style))
        return view

    def _model_menu(self, current: object, texts: Texts) -> discord.ui.Item[discord.ui.View]:
        models = list(self._models.suggest("", MAX_CHOICES - 2))
        if isinstance(current, str) and current not in models:
            models.insert(0, current)
        options = [
            discord.SelectOption(label=cut(each), value=key_of(each), default=each == current)
            for each in models
        ]
        usual = texts("Usual model: {model}", model=self._models.default_chat_model)
        options.insert(
            0, discord.SelectOption(label=cut(usual), value=UNSET, default=current is None)
        )
        return discord.ui.Select(custom_id=_id(CHAT_MODEL), options=options)

    async def _open_form(self, interaction: discord.Interaction, _: str) -> None:
        """A form must be the first answer; what stands in it comes from memory."""
        check_admin(interaction)
        texts = texts_for(str(interaction.locale))
        at = self._preferences.at(server_scope(GuildId(interaction.guild_id or 0)))
        form = discord.ui.Modal(title=texts("Settings"), custom_id="settings:", timeout=FORM_LIFE_S)
        for key in IN_FORM:
            value = at.get(key.name)
            now = "" if value is None else key.kind.write(cast("Any", value))
            if len(now) > FORM_TEXT:
                continue  # the form would cut it off
            form.add_item(
                discord.ui.Label(
                    text=key.name,
                    description=cut(f"{texts(MEANINGS[key])} ({key.kind.allowed})"),
                    component=_field(key, now, texts),
                )
            )
        await interaction.response.send_modal(form)

    async def _submitted(self, interaction: discord.Interaction, _: str, filled_in: Sent) -> None:
        check_admin(interaction)
        await acknowledged(interaction)
        typed: dict[Key[Any], str] = {}
        for key in IN_FORM:
            if key.name in filled_in.texts:
                typed[key] = filled_in.texts[key.name].strip()
            elif key.name in filled_in.chosen:
                typed[key] = "".join(filled_in.chosen[key.name])
        for key, text in typed.items():  # all of them, before one is kept
            _check(key, text)
        for key, text in typed.items():
            await self._change(interaction, key, text)
        await self.show(interaction)


def _check(key: Key[Any], text: str) -> None:
    try:
        if text not in ("", UNSET):
            key.kind.read(text)
    except ValueError:
        raise OptionError(key.name, text, key.kind.allowed) from None


def _field(key: Key[Any], now: str, texts: Texts) -> discord.ui.Item[discord.ui.View]:
    if key.kind.choices:
        options = [
            discord.SelectOption(label=choice, value=choice, default=choice == now)
            for choice in key.kind.choices
        ]
        unset = discord.SelectOption(label=texts("not set"), value=UNSET, default=not now)
        return discord.ui.Select(custom_id=key.name, options=[unset, *options])
    long = key is SYSTEM_PROMPT
    return discord.ui.TextInput(
        custom_id=key.name,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=now or None,
        required=False,
        max_length=FORM_TEXT if long else 20,
    )


def _feature_menu(on: object, texts: Texts) -> discord.ui.Item[discord.ui.View]:
    features = cast("Any", on)
    options = [
        discord.SelectOption(label=feature, value=feature, default=feature in features)
        for feature in Feature
    ]
    return discord.ui.Select(
        custom_id=_id(FEATURES),
        placeholder=cut(texts(MEANINGS[FEATURES])),
        min_values=0,
        max_values=len(options),
        options=options,
    )


def _role_menu(roles: tuple[int, ...], texts: Texts) -> discord.ui.Item[discord.ui.View]:
    kind = discord.SelectDefaultValueType.role
    return discord.ui.RoleSelect(
        custom_id=_id(ALLOWED_ROLES),
        placeholder=cut(texts(MEANINGS[ALLOWED_ROLES])),
        min_values=0,
        max_values=MAX_CHOICES,
        default_values=[discord.SelectDefaultValue(id=each, type=kind) for each in roles],
    )


def _channel_menu(channels: tuple[int, ...], texts: Texts) -> discord.ui.Item[discord.ui.View]:
    kind = discord.SelectDefaultValueType.channel
    return discord.ui.ChannelSelect(
        custom_id=_id(ALLOWED_CHANNELS),
        placeholder=cut(texts(MEANINGS[ALLOWED_CHANNELS])),
        min_values=0,
        max_values=MAX_CHOICES,
        default_values=[discord.SelectDefaultValue(id=each, type=kind) for each in channels],
    )


def _id(key: Key[Any]) -> str:
    return f"panel:{key.name}"
