"""What operators are shown about trainings: before one is begun, and of those that there are."""

from typing import cast

import discord
from discord.utils import format_dt

from bot.domain.fine_tuning import Checkpoint, Job
from bot.services.datasets import Dataset
from bot.services.fine_tunes import Begun, Plan
from bot.texts import Texts
from cogs._buttons import ActionButton
from cogs._notices import say_notice
from cogs._operators import confirm_button
from cogs._replies import code, money
from cogs._trainings import STATUS, progress_embed


def plan_embed(plan: Plan, texts: Texts) -> discord.Embed:
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


def begin_button(plan: Plan, texts: Texts) -> ActionButton:
    action, label = "tuning_begin", texts("Begin")
    if plan.convertible:
        action, label = "tuning_convert", texts("Convert and begin")
    return confirm_button(action, plan.confirmation, label)


def begun_embed(begun: Begun, texts: Texts) -> discord.Embed:
    """The training; where no answer came, what there is to know, and what not to do."""
    if begun.job is None:
        said = texts(
            "The API server did not say whether it has begun this training of {model}. It is looked"
            " for in the server's list, and what is found is told in this channel; please do not"
            " begin it again before that.",
            model=code(begun.request.model),
        )
        return discord.Embed(description=said, colour=discord.Colour.orange())
    embed = progress_embed(begun.job, (), None, texts)
    lines = [embed.description or "", texts("Its progress will be told in this channel.")]
    lines += [say_notice(notice, texts) for notice in begun.job.notices]
    embed.description = "\n".join(lines)
    return embed


def job_line(job: Job, texts: Texts) -> str:
    facts = [code(job.id, 60), code(job.model or "?", 60), texts(STATUS[job.status])]
    if job.created:
        facts.append(format_dt(job.created, "d"))
    if job.fine_tuned_model:
        facts.append(f"→ {code(job.fine_tuned_model, 100)}")
    return " · ".join(facts)


def job_embed(job: Job, texts: Texts) -> discord.Embed:
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


def checkpoint_line(checkpoint: Checkpoint) -> str:
    metrics = ", ".join(f"{name} {value:.3g}" for name, value in checkpoint.metrics.items())
    step = "" if checkpoint.step is None else f"{checkpoint.step} · "
    return f"{step}{code(checkpoint.model, 120)} · {metrics[:200]}"


def dataset_embed(found: Dataset, texts: Texts) -> discord.Embed:
    lines = [
        texts.plural("One example", "{n} examples", found.examples),
        texts.plural(
            "One exchange was left out: who asked has not allowed it (`/privacy training`).",
            "{n} exchanges were left out: who asked has not allowed it (`/privacy training`).",
            found.left_out,
        ),
    ]
    return discord.Embed(description="\n".join(lines[: 2 if found.left_out else 1]))
