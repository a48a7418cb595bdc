"""Trainings as they are told in a channel: one message that is edited, and one at the end."""

from __future__ import annotations

import asyncio
import io
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord.utils import escape_markdown, format_dt

from bot.domain.errors import BotError, RemoteNotFoundError
from bot.domain.fine_tuning import Job, JobStatus
from bot.domain.ids import ChannelId, UserId
from bot.domain.media import Label
from bot.domain.operators import WatchId
from bot.domain.preferences import CHAT_MODEL, channel_scope, thread_scope
from bot.services.watches import EVERY_S
from bot.texts import N_, Texts, texts_for
from cogs._audience import check_admin
from cogs._buttons import Action, ActionButton, buttons
from cogs._entry import First, acknowledged, answer
from cogs._gates import Gate
from cogs._meanings import said_set, shown, whose
from cogs._places import guild_of
from cogs._replies import code

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.domain.fine_tuning import JobEvent
    from bot.domain.operators import Beginning, Watch
    from bot.services.watches import Progress

log = logging.getLogger(__name__)

CHART = "loss.png"
SHOWN_EVENTS = 5
Unreachable = (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError)

STATUS: dict[JobStatus, str] = {
    JobStatus.VALIDATING: N_("the files are being checked"),
    JobStatus.QUEUED: N_("waiting for its turn"),
    JobStatus.RUNNING: N_("running"),
    JobStatus.PAUSED: N_("paused"),
    JobStatus.SUCCEEDED: N_("finished"),
    JobStatus.FAILED: N_("failed"),
    JobStatus.CANCELLED: N_("cancelled"),
    JobStatus.UNKNOWN: N_("not known"),
}


class Trainings:
    """What the process does about the trainings that it watches."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._watches = bot.services.watches
        self._looking = asyncio.Lock()  # a press and the clock may want to at the same time
        bot.actions["tuned_use"] = Action(self._use_here, first=First.PRIVATE, gate=Gate(free=True))

    async def keep_watching(self) -> None:
        """Look at all of them again and again, until cancelled; at once those of dead processes."""
        while True:
            try:
                await self.look()
            except BotError as error:
                log.warning("Trainings were not looked at: %s", type(error).__name__)
            except Exception:
                log.exception("Trainings were not looked at")
            await self._bot.services.clock.sleep(EVERY_S)

    async def look(self) -> None:
        """Each of them once; one that fails is for the next time, and the others go on."""
        async with self._looking:
            await self._look_for()
            for watch in await self._watches.mine():
                try:
                    await self._look_at(watch)
                except BotError as error:
                    log.warning("Training %s: %s", watch.job, type(error).__name__)
                except Unreachable as error:
                    log.warning("Training %s was not told about: %r", watch.job, error)

    async def _look_for(self) -> None:
        """What was begun without an answer is found and watched, or told to be nowhere."""
        beginnings = self._bot.services.fine_tunes.beginnings
        for lost in await beginnings.look():
            texts = texts_for(lost.locale)
            said = texts(
                "The API server lists no training of {model} that came of your command. You can"
                " begin it again.",
                model=code(lost.model),
            )
            embed = discord.Embed(description=said, colour=discord.Colour.red())
            try:
                await self._tell(lost, embed, f"beginning-{lost.id}")
            except Unreachable as error:
                log.warning("That a training is not there was not told: %r", error)
            else:
                await beginnings.end(lost)

    async def _look_at(self, watch: Watch) -> None:
        texts = texts_for(watch.locale)
        try:
            progress = await self._watches.look(watch)
        except RemoteNotFoundError:
            said = texts(
                "The API server does not know the training {job} any more.", job=code(watch.job)
            )
            await self._tell_end(watch, discord.Embed(description=said), None)
            await self._watches.end(watch)
            return
        if progress.digest != watch.told:
            message = await self._show(watch, progress, texts)
            await self._watches.shown(watch, message=message, told=progress.digest)
        if progress.job.status.over:
            job = progress.job
            await self._watches.name(watch, job.fine_tuned_model)
            await self._tell_end(watch, _end(job, texts), _use_button(watch, job, texts))
            await self._watches.end(watch)

    async def _show(self, watch: Watch, progress: Progress, texts: Texts) -> int | None:
        """Edit the one message, or send it where it is not there (any more); its id."""
        embed = progress_embed(progress.job, progress.events, watch, texts)
        chart = await self._watches.chart(
            progress,
            title=Label(progress.job.model or watch.model, "Training"),
            steps=Label(texts("Steps"), "Steps"),
            loss=Label(texts("Loss"), "Loss"),
            validation=Label(texts("Loss on the validation file"), "Validation loss"),
        )

        def shown() -> list[discord.File]:
            return [discord.File(io.BytesIO(chart.data), filename=CHART)] if chart else []

        if chart:
            embed.set_image(url=f"attachment://{CHART}")
        channel = self._channel(watch)
        if watch.message is not None:
            try:
                edited = channel.get_partial_message(watch.message)
                await edited.edit(embed=embed, attachments=shown())
            except discord.NotFound:
                log.info("The message of training %s is gone: there will be another", watch.job)
            else:
                return watch.message
        send = partial(channel.send, embed=embed, files=shown(), nonce=f"tuning-{watch.id}")
        try:
            return (await send()).id
        except (discord.NotFound, discord.Forbidden):
            return watch.message  # nobody is told here; the end goes to the person

    async def _tell_end(
        self, watch: Watch, embed: discord.Embed, view: discord.ui.View | None
    ) -> None:
        """A message of its own, since an edit is heard by nobody; only who began it is pinged."""
        await self._tell(watch, embed, f"tuned-{watch.id}", view)

    async def _tell(
        self,
        watch: Watch | Beginning,
        embed: discord.Embed,
        nonce: str,
        view: discord.ui.View | None = None,
    ) -> None:
        begun_by = [discord.Object(watch.starter)] if watch.starter else []  # 0: erased since
        shown: dict[str, Any] = {
            "content": " ".join(f"<@{person.id}>" for person in begun_by),
            "embed": embed,
            "nonce": nonce,
            "allowed_mentions": discord.AllowedMentions(
                users=begun_by, everyone=False, roles=False
            ),
            **({"view": view} if view else {}),
        }
        try:
            await self._channel(watch).send(**shown)
        except (discord.NotFound, discord.Forbidden):
            if not begun_by:
                log.warning("Nobody could be told what became of a training: %s", nonce)
                return
            try:
                user = await self._bot.fetch_user(watch.starter)
                await user.send(embed=embed, nonce=nonce)
            except (discord.NotFound, discord.Forbidden):
                log.warning("Nobody could be told what became of a training: %s", nonce)

    def _channel(self, watch: Watch | Beginning) -> discord.PartialMessageable:
        return self._bot.get_partial_messageable(watch.channel, guild_id=watch.guild)

    async def _use_here(self, interaction: discord.Interaction, key: str) -> None:
        """Make the new model the one that answers here: a matter of the server's, not of ours."""
        check_admin(interaction)
        await acknowledged(interaction)
        watch = await self._watches.get(WatchId(int(key.partition(":")[0] or 0)))
        texts = texts_for(str(interaction.locale))
        # The key may be forged: a model is offered where its training was begun, and nowhere else.
        if watch is None or watch.tuned is None or watch.guild != guild_of(interaction):
            said = texts("There is no model that came of this training.")
        else:
            spot = ChannelId(interaction.channel_id or 0)
            threaded = isinstance(interaction.channel, discord.Thread)
            scope = thread_scope(spot) if threaded else channel_scope(spot)
            services, by = self._bot.services, UserId(interaction.user.id)
            kept = await services.preferences.put(scope, CHAT_MODEL, watch.tuned, by)
            now = shown(CHAT_MODEL, kept, texts, services.models)
            said = said_set(CHAT_MODEL.name, now, whose(scope, texts), texts)
        await answer(interaction, embed=discord.Embed(description=said))


def progress_embed(
    job: Job, events: tuple[JobEvent, ...], watch: Watch | None, texts: Texts
) -> discord.Embed:
    embed = discord.Embed(title=texts("Training of {model}", model=(job.model or "?")[:200]))
    lines = [f"{code(job.id)} · {texts(STATUS[job.status])}"]
    if job.estimated_finish and not job.status.over:
        when = format_dt(job.estimated_finish, "R")
        lines.append(texts("It will be ready {when}, as the server expects.", when=when))
    lines += [event_line(event) for event in events[-SHOWN_EVENTS:]]
    embed.description = "\n".join(lines)[:4000]
    if watch is not None:
        embed.set_footer(text=texts("This message follows the training to its end."))
    return embed


def event_line(event: JobEvent) -> str:
    when = f"{format_dt(event.at, 't')} " if event.at else ""
    sign = {"error": "❌ ", "warn": "⚠️ "}.get(event.level, "")
    return f"{when}{sign}{escape_markdown(' '.join(event.message.split()))[:300]}"


def _end(job: Job, texts: Texts) -> discord.Embed:
    if job.status is JobStatus.SUCCEEDED:
        lines = [texts("The training is finished.")]
        if job.fine_tuned_model:
            lines.append(texts("The new model is {model}.", model=code(job.fine_tuned_model, 200)))
        if job.old:
            lines.append(texts("It completes texts: use it with `/complete`."))
        return discord.Embed(description="\n".join(lines), colour=discord.Colour.green())
    if job.status is JobStatus.CANCELLED:
        return discord.Embed(description=texts("The training was cancelled."))
    said = texts("The training failed.")
    if job.failure:
        said += f"\n> {escape_markdown(' '.join(job.failure.split()))[:1000]}"
    return discord.Embed(description=said, colour=discord.Colour.red())


def _use_button(watch: Watch, job: Job, texts: Texts) -> discord.ui.View | None:
    """Models of 2023 complete texts and can't chat, so there is nothing to use them for here."""
    if job.fine_tuned_model is None or job.old:
        return None
    return buttons(ActionButton.of("tuned_use", f"{watch.id}", texts("Use here")))
