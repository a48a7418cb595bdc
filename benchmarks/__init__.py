"""Measures the streaming figures of the design, against a plain bot in the same run.

The bot is a process of its own on one core; the Discord of the sandbox and a paced model share the
other one with whoever asks. Time is the machine's. README.md beside this has what was found.
"""
