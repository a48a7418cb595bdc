"""A local OpenAI API: all operations of 2023 and of today, with canned answers that say so.

    server = OpenAIServer(SystemClock(), "sk-...", dialect="both")
    app.add_routes(server.routes())         # everything under /v1

Dialects: `modern` is api.openai.com in late 2026, strict about what each model takes; `legacy` is
that of April 2023, with its 22 operations, parameters and shapes; `both` has the operations and
parameters of either and lets each model have any of them.

No model answers. The words of a question shape the canned answer (canned.py lists them: long,
code, fence, table, list, unicode, ping, empty; `tool` calls the first tool that came along); a
picture is refused when its prompt has the word `forbidden`; a moderation flags the categories
that are named in the text. Tests script what is answered by `server.answers` (answers.py), break
it by `server.faults` (faults.py; fault_file.py for JSON, control.steer for a control route), and
read what was asked from `server.requests` (recorded.py). Jobs move with the clock;
`server.state.trainings.pace` stretches the plans of new ones.

Left out on purpose: rate limits are told in the headers and not enforced; links to pictures in
messages are not fetched; /responses does not store and calls no tools.
"""

from sandbox.openai.server import OpenAIServer

__all__ = ["OpenAIServer"]
