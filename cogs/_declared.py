"""Options that several commands declare alike: what Discord lets through, and what it says."""

from discord.app_commands import Range

from bot.texts import N_

MAX_TOKENS = 10_000_000  # more than any model; Discord wants some end

# A slash command's text ends at 6,000 characters.
Text = Range[str, 1, 6000]
ModelName = Range[str, 1, 300]
Temperature = Range[float, 0, 2]
Share = Range[float, 0, 1]
Penalty = Range[float, -2, 2]
Stop = Range[str, 1, 1000]
Biases = Range[str, 2, 6000]

TEMPERATURE = N_("0 is focused, 2 is wild")
TOP_P = N_("Consider only the likeliest words that make up this share, 0 to 1")
STOP = N_('Stop at these texts: a | b, or a JSON array such as ["a", "b"]')
PRESENCE_PENALTY = N_("Above 0: more new topics; -2 to 2")
FREQUENCY_PENALTY = N_("Above 0: fewer repetitions; -2 to 2")
LOGPROBS = N_("Show how likely each token was, with this many alternatives")
LOGIT_BIAS = N_('Make tokens likelier, by id: {"1234": -100 to 100}')
PRIVATE = N_("Only you see it")
