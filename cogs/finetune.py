"""`/finetune`: models made out of examples. For operators."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal, cast

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Range, Transform
from discord.ext import commands
from discord.utils import format_dt

from bot.domain.errors import FileError, FileFault, OptionError
from bot.domain.fine_tuning import Hyperparameters, Job, JobRequest
from bot.domain.ids import ChannelId
from bot.texts import Texts, texts_for
from cogs import _declared
from cogs._audience import for_operators
from cogs._buttons import ActionButton, buttons
from cogs._entry import acknowledged, answer
from cogs._logged import call_button
from cogs._notices import say_notice
from cogs._operators import ALONE, acting, confirm_button, for_operators_only, home_of, key_in
from cogs._replies import code, money
from cogs._suggestions import MAX_CHOICES, cut, model_choices, model_of, suggesting
from cogs._trainings import STATUS, Trainings, event_line, progress_embed, unclear_embed
from cogs._tuning_options import auto_or_number, auto_or_whole, moment, numbers
from cogs.settings import Spot

if TYPE_CHECKING:
    from bot.client import Bot
    from bot.domain.fine_tuning import Checkpoint
    from bot.services.fine_tunes import Plan

PER_PAGE = 10
SHOWN_EVENTS = 20
FOLLOWED_EVERY_S = 5.0
FOLLOWED_S = 840.0  # an interaction's token lives 15 minutes
MOST_TRAINING = 25 << 20
AUTO = "auto, or a number"
Job_ = Range[str, 1, 100]


@for_operators
class FineTune(commands.GroupCog, group_name="finetune"):
    """Models made out of examples"""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._tunes = bot.services.fine_tunes
        self.trainings = Trainings(bot)
        bot.actions["jobs"] = for_operators_only(self._turn_page)
        bot.actions["tuning_begin"] = for_operators_only(self._begin)
        bot.actions["tuning_convert"] = for_operators_only(self._convert)
        bot.actions["model_delete"] = for_operators_only(self._delete_model)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        model="The model to begin with",
        training_file="Examples that are uploaded already",
        training_attachment="Examples to upload; give one of the two",
        validation_file="Examples to measure by",
        n_epochs="How often to go through the examples: auto, or 1 to 50",
        batch_size="Examples at once: auto, or 1 to 256",
        learning_rate_multiplier="How fast to learn: auto, or a number above 0",
        suffix="A part of the new model's name",
        seed="The same seed gives much the same model",
        method="Learn from examples, or from preferences",
        beta="For dpo: auto, or a number up to 2",
        prompt_loss_weight="Servers of 2023: weight of the prompts",
        compute_classification_metrics="Servers of 2023: measure a classification",
        classification_n_classes="Servers of 2023: how many classes",
        classification_positive_class="Servers of 2023: the positive of two classes",
        classification_betas="Servers of 2023: numbers by comma",
    )
    async def create(  # noqa: PLR0917
        self,
        interaction: discord.Interaction,
        model: _declared.ModelName,
        training_file: Range[str, 1, 100] | None = None,
        training_attachment: discord.Attachment | None = None,
        validation_file: Range[str, 1, 100] | None = None,
        n_epochs: Range[str, 1, 10] | None = None,
        batch_size: Range[str, 1, 10] | None = None,
        learning_rate_multiplier: Range[str, 1, 20] | None = None,
        suffix: Range[str, 1, 64] | None = None,
        seed: Range[int, 0, 2_147_483_647] | None = None,
        method: Literal["supervised", "dpo"] | None = None,
        beta: Range[str, 1, 20] | None = None,
        prompt_loss_weight: Range[float, 0, 1] | None = None,
        compute_classification_metrics: bool | None = None,  # noqa: FBT001  an option
        classification_n_classes: Range[int, 2, 10_000] | None = None,
        classification_positive_class: Range[str, 1, 100] | None = None,
        classification_betas: Range[str, 1, 100] | None = None,
    ) -> None:
        """Train a model; what it takes is counted and confirmed first."""
        await acknowledged(interaction)
        if (training_file is None) == (training_attachment is None):
            raise OptionError(
                "training_file", training_file or " ", "training_file | training_attachment"
            )
        epochs = auto_or_whole("n_epochs", n_epochs, 1, 50)
        batch = auto_or_whole("batch_size", batch_size, 1, 256)
        request = JobRequest(
            model=model_of(self._bot.services.models, model) or model,
            training_file=training_file or "",
            validation_file=validation_file,
            suffix=suffix,
            seed=seed,
            method=method,
            hyperparameters=Hyperparameters(
                n_epochs=epochs,
                batch_size=batch,
                learning_rate_multiplier=auto_or_number(
                    "learning_rate_multiplier", learning_rate_multiplier
                ),
                beta=auto_or_number("beta", beta, most=2),
                prompt_loss_weight=prompt_loss_weight,
                compute_classification_metrics=compute_classification_metrics,
                classification_n_classes=classification_n_classes,
                classification_positive_class=classification_positive_class,
                classification_betas=numbers("classification_betas", classification_betas),
            ),
        )
        upload = None
        if training_attachment is not None:
            data = await self._bot.attachments.fetch(training_attachment, MOST_TRAINING)
            upload = (training_attachment.filename, data)
        plan = await self._tunes.plans.make(acting(interaction), request, upload)
        texts = texts_for(str(interaction.locale))
        view = buttons(_choice(plan, texts), await call_button(interaction))
        await answer(interaction, embed=_planned(plan, texts), view=view)

    @app_commands.command(name="list", extras=ALONE)
    async def list_(self, interaction: discord.Interaction) -> None:
        """See all trainings, the newest first."""
        await acknowledged(interaction)
        await answer(interaction, **await self._page(interaction, 1, ""))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training")
    async def info(self, interaction: discord.Interaction, job: Job_) -> None:
        """See one training."""
        await acknowledged(interaction)
        await self._say(interaction, await self._tunes.get(acting(interaction), job))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training")
    async def cancel(self, interaction: discord.Interaction, job: Job_) -> None:
        """End a training before it is done."""
        await acknowledged(interaction)
        await self._say(interaction, await self._tunes.cancel(acting(interaction), job))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training")
    async def pause(self, interaction: discord.Interaction, job: Job_) -> None:
        """Pause a training."""
        await acknowledged(interaction)
        await self._say(interaction, await self._tunes.pause(acting(interaction), job))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training")
    async def resume(self, interaction: discord.Interaction, job: Job_) -> None:
        """Let a paused training go on."""
        await acknowledged(interaction)
        await self._say(interaction, await self._tunes.resume(acting(interaction), job))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training")
    async def checkpoints(self, interaction: discord.Interaction, job: Job_) -> None:
        """See the models that were kept on the way."""
        await acknowledged(interaction)
        found = await self._tunes.checkpoints(acting(interaction), job)
        texts = texts_for(str(interaction.locale))
        lines = [_checkpoint(each) for each in found[:SHOWN_EVENTS]]
        said = "\n".join(lines) or texts("There are no checkpoints.")
        embed = discord.Embed(title=job, description=said[:4000])
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))

    @app_commands.command(extras=ALONE)
    @app_commands.describe(job="The training", follow="Show new events as they happen")
    async def events(
        self,
        interaction: discord.Interaction,
        job: Job_,
        follow: bool = False,  # noqa: FBT001, FBT002  an option
    ) -> None:
        """See what has happened to a training."""
        await acknowledged(interaction)
        texts = texts_for(str(interaction.locale))
        clock = self._bot.services.clock
        until = clock.monotonic() + FOLLOWED_S
        shown, sign = "", None
        while True:
            now, found, sign = await self._tunes.progress(
                acting(interaction), job, SHOWN_EVENTS, known=sign
            )
            lines = "\n".join(event_line(event) for event in found)
            over = now.status.over or not follow or self._bot.closing
            over = over or clock.monotonic() > until
            said = f"{texts(STATUS[now.status])}\n{lines}"
            if said != shown or over:
                shown = said
                embed = discord.Embed(title=job, description=_last(said, 4000))
                if not over:
                    embed.set_footer(text=texts("New events appear here."))
                view = buttons(await call_button(interaction))
                await answer(interaction, embed=embed, view=view)
            if over:
                return
            await clock.sleep(FOLLOWED_EVERY_S)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(model="The fine-tuned model")
    async def delete(self, interaction: discord.Interaction, model: _declared.ModelName) -> None:
        """Delete a fine-tuned model, after a confirmation."""
        await acknowledged(interaction)
        name = model_of(self._bot.services.models, model) or model
        key = await self._tunes.ask_to_delete(acting(interaction), name)
        texts = texts_for(str(interaction.locale))
        said = texts("Delete the model {model}? That can't be undone.", model=code(name, 200))
        view = buttons(confirm_button("model_delete", key, texts("Delete")))
        await answer(interaction, embed=discord.Embed(description=said), view=view)

    @app_commands.command(extras=ALONE)
    @app_commands.describe(
        channel="Whose conversations; this channel by default",
        since="Only what was said since then: 7d, 12h, or a date",
        system="A system prompt for each example",
    )
    async def dataset(
        self,
        interaction: discord.Interaction,
        channel: Transform[AppCommandChannel | AppCommandThread, Spot] | None = None,
        since: Range[str, 1, 40] | None = None,
        system: _declared.Text | None = None,
    ) -> None:
        """A channel's conversations as training data, of people who allowed it."""
        await acknowledged(interaction)
        spot = ChannelId(channel.id if channel else interaction.channel_id or 0)
        begin = moment("since", since, self._bot.services.clock.now())
        found = await self._bot.services.datasets.of_channel(
            acting(interaction), spot, since=begin, system=system
        )
        texts = texts_for(str(interaction.locale))
        lines = [
            texts.plural("One example", "{n} examples", found.examples),
            texts.plural(
                "One exchange was left out: who asked has not allowed it (`/privacy training`).",
                "{n} exchanges were left out: who asked has not allowed it (`/privacy training`).",
                found.left_out,
            ),
        ]
        files: list[discord.File] = []
        if found.examples:
            if len(found.data) > interaction.filesize_limit:
                limit = interaction.filesize_limit
                raise FileError(found.name, FileFault.TOO_LARGE_FOR_DISCORD, limit)
            files = [discord.File(io.BytesIO(found.data), filename=found.name)]
        embed = discord.Embed(description="\n".join(lines[: 2 if found.left_out else 1]))
        await answer(interaction, embed=embed, attachments=files)

    @create.autocomplete("model")
    @suggesting
    async def suggest_model(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return model_choices(self._bot.services.models, current)

    @delete.autocomplete("model")
    @suggesting
    async def suggest_tuned(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        wanted = current.casefold()
        tuned = [job.fine_tuned_model for job in self._tunes.suggest("", 100)]
        names = [name for name in tuned if name and wanted in name.casefold() and len(name) <= 100]  # noqa: PLR2004
        return [app_commands.Choice(name=name, value=name) for name in dict.fromkeys(names)][
            :MAX_CHOICES
        ]

    @create.autocomplete("training_file")
    @create.autocomplete("validation_file")
    @suggesting
    async def suggest_file(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        found = self._bot.services.files.suggest(current, MAX_CHOICES, purpose="fine-tune")
        return [
            app_commands.Choice(name=cut(f"{each.filename} ({each.id})"), value=each.id)
            for each in found
        ]

    @info.autocomplete("job")
    @cancel.autocomplete("job")
    @pause.autocomplete("job")
    @resume.autocomplete("job")
    @checkpoints.autocomplete("job")
    @events.autocomplete("job")
    @suggesting
    async def suggest_job(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return [
            app_commands.Choice(name=cut(f"{job.id} ({job.model}, {job.status})"), value=job.id)
            for job in self._tunes.suggest(current, MAX_CHOICES)
        ]

    async def _say(self, interaction: discord.Interaction, job: Job) -> None:
        texts = texts_for(str(interaction.locale))
        view = buttons(await call_button(interaction))
        await answer(interaction, embed=_shown(job, texts), view=view)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        number, _, after = key.partition(":")
        await acknowledged(interaction)
        await answer(interaction, **await self._page(interaction, int(number or 1), after))

    async def _page(
        self, interaction: discord.Interaction, number: int, after: str
    ) -> dict[str, Any]:
        """Servers page by the last id, so there is only forwards, and the first."""
        texts = texts_for(str(interaction.locale))
        found = await self._tunes.page(acting(interaction), limit=PER_PAGE, after=after or None)
        lines = [_line(job, texts) for job in found.jobs[:30]]
        embed = discord.Embed(
            title=texts("Trainings"),
            description="\n".join(lines)[:4000] or texts("There are no trainings."),
        )
        embed.set_footer(text=texts("Page {page}", page=number))
        pager: list[ActionButton] = []
        if found.after is not None or number > 1:
            onwards = f"{number + 1}:{found.after or ''}"
            fits = found.after is not None and len(onwards) <= 90  # noqa: PLR2004  custom_id: 100
            pager = [
                ActionButton.of("jobs", "1:", texts("First page"), disabled=number == 1),
                ActionButton.of("jobs", onwards if fits else "0", texts("Next"), disabled=not fits),
            ]
        return {"embed": embed, "view": buttons(*pager, await call_button(interaction))}

    async def _begin(self, interaction: discord.Interaction, key: str) -> None:
        await self._begun(interaction, key, convert=False)

    async def _convert(self, interaction: discord.Interaction, key: str) -> None:
        await self._begun(interaction, key, convert=True)

    async def _begun(self, interaction: discord.Interaction, key: str, *, convert: bool) -> None:
        await acknowledged(interaction)
        locale = str(interaction.locale)
        texts = texts_for(locale)
        begun = await self._tunes.begin(
            acting(interaction), key_in(key), locale=locale, convert=convert
        )
        if begun.job is None:
            embed = unclear_embed(begun.request.model, texts)
        else:
            embed = progress_embed(begun.job, (), None, texts)
            lines = [embed.description or "", texts("Its progress will be told in this channel.")]
            lines += [say_notice(notice, texts) for notice in begun.job.notices]
            embed.description = "\n".join(lines)
        await answer(interaction, embed=embed, view=buttons(await call_button(interaction)))
        await self.trainings.look()

    async def _delete_model(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        model = await self._tunes.delete(acting(interaction), key_in(key))
        texts = texts_for(str(interaction.locale))
        said = texts("The model {model} is deleted.", model=code(model, 200))
        view = buttons(await call_button(interaction))
        await answer(interaction, embed=discord.Embed(description=said), view=view)


def _planned(plan: Plan, texts: Texts) -> discord.Embed:
    """Everything that is worth knowing before it costs."""
    request = plan.request
    embed = discord.Embed(title=texts("Begin this training?"))
    epochs = texts("{n}, chosen by the server", n=plan.epochs) if plan.chosen else f"{plan.epochs}"
    examples = texts("not counted: the file can't be looked into")
    if plan.examples is not None:
        examples = f"{plan.examples.count} ({plan.examples.form})"
    price = texts("not known")
    if plan.microusd is not None:
        price = texts("about {money}", money=money(plan.microusd))
    for name, value in (
        (texts("Model"), code(request.model)),
        (texts("File"), code(plan.filename)),
        (texts("Examples"), examples),
        (texts("Epochs"), epochs),
        (texts("Tokens to learn"), "?" if plan.tokens is None else f"≤ {plan.tokens:,}"),
        (texts("Price"), price),
        (texts("Endpoint"), code(plan.path)),
    ):
        embed.add_field(name=name, value=value)
    if plan.convertible:
        embed.description = texts(
            "The lines are {old}, as in 2023; this endpoint wants {new}. They can be converted and"
            " uploaded anew.",
            old="`prompt`, `completion`",
            new="`messages`",
        )
    return embed


def _choice(plan: Plan, texts: Texts) -> ActionButton:
    action, label = "tuning_begin", texts("Begin")
    if plan.convertible:
        action, label = "tuning_convert", texts("Convert and begin")
    return confirm_button(action, plan.confirmation, label)


def _line(job: Job, texts: Texts) -> str:
    facts = [code(job.id, 60), code(job.model or "?", 60), texts(STATUS[job.status])]
    if job.created:
        facts.append(format_dt(job.created, "d"))
    if job.fine_tuned_model:
        facts.append(f"→ {code(job.fine_tuned_model, 100)}")
    return " · ".join(facts)


def _shown(job: Job, texts: Texts) -> discord.Embed:
    embed = progress_embed(job, (), None, texts)
    hyper = ", ".join(f"{name} {value}" for name, value in job.hyperparameters.items())
    for name, value in (
        (texts("New model"), job.fine_tuned_model and code(job.fine_tuned_model, 200)),
        (texts("Created"), job.created and format_dt(job.created, "f")),
        (texts("Finished"), job.finished and format_dt(job.finished, "f")),
        (texts("Failed because"), job.failure and discord.utils.escape_markdown(job.failure)),
        (texts("Training file"), job.training_file and code(job.training_file)),
        (texts("Validation file"), job.validation_file and code(job.validation_file)),
        (texts("Results"), ", ".join(map(code, job.result_files[:5]))),
        (texts("Tokens learnt"), job.trained_tokens and f"{job.trained_tokens:,}"),
        (texts("Seed"), None if job.seed is None else f"{job.seed}"),
        (texts("Method"), job.method),
        (texts("Hyperparameters"), hyper and code(hyper, 500)),
    ):
        if value:
            embed.add_field(name=name, value=cast("str", value)[:1000])
    lines = [say_notice(notice, texts) for notice in job.notices]
    embed.description = "\n".join([embed.description or "", *lines])
    return embed


def _checkpoint(checkpoint: Checkpoint) -> str:
    metrics = ", ".join(f"{name} {value:.3g}" for name, value in checkpoint.metrics.items())
    step = "" if checkpoint.step is None else f"{checkpoint.step} · "
    return f"{step}{code(checkpoint.model, 120)} · {metrics[:200]}"


def _last(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"…{text[1 - limit :]}"


async def setup(bot: Bot) -> None:
    cog = FineTune(bot)
    bot.trainings = cog.trainings
    await bot.add_cog(cog, **home_of(bot))
