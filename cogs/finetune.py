"""`/finetune`: models made out of examples. For operators."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.app_commands import AppCommandChannel, AppCommandThread, Range, Transform
from discord.ext import commands

from bot.domain.errors import FileError, FileFault, OptionError
from bot.domain.fine_tuning import Job, JobRequest
from bot.domain.ids import ChannelId
from bot.texts import texts_for
from cogs import _declared
from cogs._attachments import name_of
from cogs._audience import for_operators
from cogs._buttons import buttons
from cogs._entry import acknowledged, answer
from cogs._logged import call_button
from cogs._operators import (
    ALONE,
    acting,
    confirm_button,
    for_operators_only,
    forward_pages,
    home_of,
    key_in,
)
from cogs._replies import code
from cogs._suggestions import (
    file_choices,
    job_choices,
    model_choices,
    model_of,
    suggesting,
    tuned_choices,
)
from cogs._trainings import Trainings
from cogs._tuning_events import SHOWN_EVENTS, show_events
from cogs._tuning_options import grader_in, hyperparameters, labels, moment
from cogs._tuning_pages import (
    begin_button,
    begun_embed,
    checkpoint_line,
    dataset_embed,
    job_embed,
    job_line,
    plan_embed,
)
from cogs.settings import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.client import Bot

PER_PAGE = 10
MOST_TRAINING = 25 << 20
MOST_GRADER = 256 << 10
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
        method="Learn from examples, from preferences, or from grades",
        beta="For dpo: auto, or a number up to 2",
        grader="For reinforcement: a JSON file with the grader",
        wandb_project="A project of Weights & Biases that is told of the training",
        metadata='Labels for the training: {"name": "value"}',
        prompt_loss_weight="Servers of 2023: weight of the prompts",
        compute_classification_metrics="Servers of 2023: measure a classification",
        classification_n_classes="Servers of 2023: how many classes",
        classification_positive_class="Servers of 2023: the positive of two classes",
        classification_betas="Servers of 2023: numbers by comma",
    )
    async def create(  # noqa: PLR0917  an option each
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
        method: Literal["supervised", "dpo", "reinforcement"] | None = None,
        beta: Range[str, 1, 20] | None = None,
        grader: discord.Attachment | None = None,
        wandb_project: Range[str, 1, 100] | None = None,
        metadata: Range[str, 2, 4000] | None = None,
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
        request = JobRequest(
            model=model_of(self._bot.services.models, model) or model,
            training_file=training_file or "",
            validation_file=validation_file,
            suffix=suffix,
            seed=seed,
            method=method,
            grader=None if grader is None else await self._grader(grader),
            wandb_project=wandb_project,
            metadata=labels("metadata", metadata),
            hyperparameters=hyperparameters(
                n_epochs=n_epochs,
                batch_size=batch_size,
                learning_rate_multiplier=learning_rate_multiplier,
                beta=beta,
                prompt_loss_weight=prompt_loss_weight,
                compute_classification_metrics=compute_classification_metrics,
                classification_n_classes=classification_n_classes,
                classification_positive_class=classification_positive_class,
                classification_betas=classification_betas,
            ),
        )
        upload = None
        if training_attachment is not None:
            data = await self._bot.attachments.fetch(training_attachment, MOST_TRAINING)
            upload = (training_attachment.filename, data)
        plan = await self._tunes.plans.make(acting(interaction), request, upload)
        texts = texts_for(str(interaction.locale))
        view = buttons(begin_button(plan, texts), await call_button(interaction))
        await answer(interaction, embed=plan_embed(plan, texts), view=view)

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
        lines = [checkpoint_line(each) for each in found[:SHOWN_EVENTS]]
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
        await show_events(interaction, job, follow=follow)

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
        files: list[discord.File] = []
        if found.examples:
            if len(found.data) > interaction.filesize_limit:
                limit = interaction.filesize_limit
                raise FileError(found.name, FileFault.TOO_LARGE_FOR_DISCORD, limit)
            files = [discord.File(io.BytesIO(found.data), filename=found.name)]
        await answer(interaction, embed=dataset_embed(found, texts), attachments=files)

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
        return tuned_choices(self._tunes, current)

    @create.autocomplete("training_file")
    @create.autocomplete("validation_file")
    @suggesting
    async def suggest_file(
        self, _: discord.Interaction, current: str
    ) -> list[app_commands.Choice[Any]]:
        return file_choices(self._bot.services.files, current, "fine-tune")

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
        return job_choices(self._tunes, current)

    async def _grader(self, attachment: discord.Attachment) -> Mapping[str, Any]:
        data = await self._bot.attachments.fetch(attachment, MOST_GRADER)
        return grader_in(name_of(attachment), data)

    async def _say(self, interaction: discord.Interaction, job: Job) -> None:
        texts = texts_for(str(interaction.locale))
        view = buttons(await call_button(interaction))
        await answer(interaction, embed=job_embed(job, texts), view=view)

    async def _turn_page(self, interaction: discord.Interaction, key: str) -> None:
        number, _, after = key.partition(":")
        await acknowledged(interaction)
        await answer(interaction, **await self._page(interaction, int(number or 1), after))

    async def _page(
        self, interaction: discord.Interaction, number: int, after: str
    ) -> dict[str, Any]:
        texts = texts_for(str(interaction.locale))
        found = await self._tunes.page(acting(interaction), limit=PER_PAGE, after=after or None)
        lines = [job_line(job, texts) for job in found.jobs[:30]]
        embed = discord.Embed(
            title=texts("Trainings"),
            description="\n".join(lines)[:4000] or texts("There are no trainings."),
        )
        embed.set_footer(text=texts("Page {page}", page=number))
        onwards = None if found.after is None else f"{number + 1}:{found.after}"
        pages = forward_pages("jobs", number, first="1:", onwards=onwards, texts=texts)
        return {"embed": embed, "view": buttons(*pages, await call_button(interaction))}

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
        view = buttons(await call_button(interaction))
        await answer(interaction, embed=begun_embed(begun, texts), view=view)
        await self.trainings.look()

    async def _delete_model(self, interaction: discord.Interaction, key: str) -> None:
        await acknowledged(interaction)
        model = await self._tunes.delete(acting(interaction), key_in(key))
        texts = texts_for(str(interaction.locale))
        said = texts("The model {model} is deleted.", model=code(model, 200))
        view = buttons(await call_button(interaction))
        await answer(interaction, embed=discord.Embed(description=said), view=view)


async def setup(bot: Bot) -> None:
    cog = FineTune(bot)
    bot.trainings = cog.trainings
    await bot.add_cog(cog, **home_of(bot))
